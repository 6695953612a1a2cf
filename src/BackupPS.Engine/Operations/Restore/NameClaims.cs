using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Which item of the snapshot an item of a folder is, where the file system takes different names for the same (README and Readme): the first that comes
/// has it, and for any other that is a fault. Any thread.
/// </summary>
internal sealed class NameClaims
{
    private readonly Lock gate = new();
    private NameList? listed;
    private readonly Dictionary<string, string> owners = new(StringComparer.Ordinal);

    /// <summary>A new item gets this name.</summary>
    public void Add(byte[] name)
    {
        string text = PathText.FromBytes(name);
        lock (gate) owners.TryAdd(text, text);
    }

    /// <summary>An item answers to a name: claims it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">The name in the snapshot.</param>
    /// <param name="onlyExact">Whether whatever has another name there is another item's, because this restore has made all of the folder.</param>
    /// <returns>The name of the item of the snapshot that has it already; <see langword="null"/>: none, it is this one's.</returns>
    public string? Claim(IFolder folder, byte[] name, bool onlyExact)
    {
        string text = PathText.FromBytes(name);
        lock (gate)
        {
            string there = NameOf(folder, name, text);
            if (onlyExact) return there == text ? null : there;
            return owners.TryAdd(there, text) || owners[there] == text ? null : owners[there];
        }
    }

    private string NameOf(IFolder folder, byte[] name, string text)
    {
        if (listed?.Contains(name) == true) return text;
        listed ??= new NameList();
        try
        {
            // What came meanwhile is listed now.
            folder.ReadNames(listed);
        }
        catch (PlatformException)
        {
            // A folder that this account may not list: its names are taken as they are.
            listed.Clear();
        }

        listed.Sort();
        if (listed.Contains(name)) return text;
        for (int i = 0; i < listed.Count; i++)
        {
            string other = PathText.FromBytes(listed[i]);
            if (other.Equals(text, StringComparison.OrdinalIgnoreCase)) return other;
        }

        return text;
    }
}
