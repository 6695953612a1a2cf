using System.Formats.Tar;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Engine.Platform.Portable;

/// <summary>Metadata as far as .NET tells it.</summary>
internal static class PortableInfo
{
    /// <summary>What is at a path; links are not followed. <see langword="false"/> when nothing is.</summary>
    public static bool TryGet(string path, out ItemInfo info)
    {
        ItemInfo? found = PortableError.Call(() => Find(path));
        info = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>What is at a path; links are not followed.</summary>
    public static ItemInfo Get(string path) =>
        TryGet(path, out ItemInfo info) ? info : throw new PlatformException(PlatformFailure.NotFound, "There is no such file or folder.");

    /// <summary>Metadata of an open file.</summary>
    public static ItemInfo Get(SafeFileHandle file) => PortableError.Call(() =>
    {
        long size = RandomAccess.GetLength(file);
        FileTime modified = FileTime.FromDateTime(File.GetLastWriteTimeUtc(file));
        return new ItemInfo
        {
            Kind = ItemKind.File,
            Mode = OperatingSystem.IsWindows() ? 0 : (uint)File.GetUnixFileMode(file),
            Size = size,
            AllocatedSize = size,
            Modified = modified,
            Changed = modified,
            LinkCount = 1,
            WindowsAttributes = OperatingSystem.IsWindows() ? (uint)File.GetAttributes(file) : 0,
        };
    });

    private static ItemInfo? Find(string path)
    {
        var item = new FileInfo(path);
        FileAttributes attributes = item.Attributes;
        if ((int)attributes == -1) return null;
        string? target = attributes.HasFlag(FileAttributes.ReparsePoint) ? item.LinkTarget : null;
        ItemKind kind = target is not null ? ItemKind.SymbolicLink
            : attributes.HasFlag(FileAttributes.Directory) ? ItemKind.Directory
            : item.Length == 0 && !OperatingSystem.IsWindows() ? KindOfEmpty(path)
            : ItemKind.File;
        FileTime modified = FileTime.FromDateTime(item.LastWriteTimeUtc);
        long size = target is not null ? PortableName.ToBytes(target).Length : kind == ItemKind.File ? item.Length : 0;
        return new ItemInfo
        {
            Kind = kind,
            Mode = OperatingSystem.IsWindows() ? 0 : kind == ItemKind.SymbolicLink ? 0x1FFu : (uint)item.UnixFileMode,
            Size = size,
            AllocatedSize = size,
            Modified = modified,
            Changed = modified,
            LinkCount = 1,
            WindowsAttributes = OperatingSystem.IsWindows() ? (uint)attributes : 0,
        };
    }

    // .NET shows a FIFO, socket or device as an empty file, and opening a FIFO would wait for ever. Its tar writer looks at the type before
    // it opens anything, and puts it into the header.
    private static ItemKind KindOfEmpty(string path)
    {
        const int TypeOffset = 156; // POSIX ustar header
        using var header = new MemoryStream();
        try
        {
            using var writer = new TarWriter(header, TarEntryFormat.Ustar, leaveOpen: true);
            writer.WriteEntry(path, "item");
        }
        catch (FileNotFoundException)
        {
            throw;
        }
        catch (UnauthorizedAccessException)
        {
            return ItemKind.File; // only a regular file is opened
        }
        catch (IOException)
        {
            return ItemKind.Socket; // tar has no entry for it
        }

        return header.GetBuffer()[TypeOffset] switch
        {
            (byte)'3' => ItemKind.CharacterDevice,
            (byte)'4' => ItemKind.BlockDevice,
            (byte)'6' => ItemKind.Fifo,
            _ => ItemKind.File,
        };
    }
}
