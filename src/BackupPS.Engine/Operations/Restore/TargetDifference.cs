using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>How an item that is there differs from the snapshot's, in words; empty: it does not, as far as can be told without reading it.</summary>
internal static class TargetDifference
{
    /// <summary>The bytes differ although size and time are the same.</summary>
    public const string Content = "other content, of the same size and time";

    /// <summary>Names of one file in the snapshot, which are several files here.</summary>
    public const string Apart = "a file of its own, and not another name of one that it is linked with in the snapshot";

    /// <summary>Files of their own in the snapshot, which are one here.</summary>
    public const string Joined = "another name of a file that it is not linked with in the snapshot";

    // Ticks in which file systems keep times, in nanoseconds: NTFS, exFAT, those with whole seconds. What is coarser has an even second.
    private static readonly int[] Ticks = [100, 1000, 10_000_000, 1_000_000_000];

    public static string Find(IFolder folder, byte[] name, TreeEntry wanted, in ItemInfo there)
    {
        if (there.Kind != wanted.Kind) return $"a {Name(there.Kind)}, where the snapshot has a {Name(wanted.Kind)}";
        if (wanted.Kind == ItemKind.File && there.Size != wanted.Size) return $"{there.Size} bytes, where the snapshot has {wanted.Size}";
        if (wanted.Kind == ItemKind.SymbolicLink && !folder.ReadLink(name).AsSpan().SequenceEqual(wanted.LinkTarget)) return "a link to something else";
        if (wanted.Kind is ItemKind.CharacterDevice or ItemKind.BlockDevice && (there.NodeMajor != wanted.NodeMajor || there.NodeMinor != wanted.NodeMinor))
        {
            return "another device";
        }

        return IsSame(wanted.Modified, there.Modified)
            ? ""
            : $"of {there.Modified.ToDateTime():u}, where the snapshot has one of {wanted.Modified.ToDateTime():u}";
    }

    // Or what a file system of coarser times makes of it.
    private static bool IsSame(FileTime wanted, FileTime there)
    {
        if (wanted == there) return true;
        if (there.Seconds == wanted.Seconds && Array.Exists(Ticks, t => there.Nanoseconds == wanted.Nanoseconds / t * t)) return true;
        return there.Nanoseconds == 0 && there.Seconds == wanted.Seconds - (wanted.Seconds & 1);
    }

    private static string Name(ItemKind kind) => kind switch
    {
        ItemKind.Directory => "folder",
        ItemKind.SymbolicLink => "symbolic link",
        ItemKind.CharacterDevice or ItemKind.BlockDevice => "device",
        ItemKind.Fifo => "FIFO",
        ItemKind.Socket => "socket",
        _ => "file",
    };
}
