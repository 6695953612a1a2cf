using System.Collections;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore.InPlace;

/// <summary>The names that a folder of the target has, and which of them the snapshot has too. What appears later is not looked at.</summary>
internal sealed class FolderExtras
{
    private readonly BitArray seen;

    public FolderExtras(IFolder folder)
    {
        folder.ReadNames(Names);
        Names.Sort();
        seen = new BitArray(Names.Count);
    }

    /// <summary>The names, sorted.</summary>
    public NameList Names { get; } = new();

    /// <summary>The snapshot has an item of this name.</summary>
    public void See(byte[] name)
    {
        int number = Names.IndexOf(name);
        AnySeen = true;
        if (number >= 0) seen[number] = true;
    }

    /// <summary>Whether the snapshot has any item in the folder.</summary>
    public bool AnySeen { get; private set; }

    /// <summary>Whether an item answers to its name in another case, which is not one of the names: then the snapshot may have it under that.</summary>
    public bool IsAlso(IFolder folder, byte[] name, in ItemInfo info)
    {
        byte[] other = [.. name];
        for (int i = 0; i < other.Length; i++)
        {
            if (char.IsAsciiLetter((char)other[i])) other[i] ^= 0x20;
        }

        return Names.IndexOf(other) < 0 && folder.TryGetInfo(other, out ItemInfo there) && there.Inode == info.Inode && there.Device == info.Device;
    }

    /// <summary>The names that the snapshot does not have.</summary>
    public IEnumerable<byte[]> Unseen()
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (!seen[i]) yield return Names[i].ToArray();
        }
    }
}
