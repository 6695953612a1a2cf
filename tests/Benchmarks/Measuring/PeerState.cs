namespace BackupPS.Benchmarks.Measuring;

/// <summary>The folder with everything that a peer keeps: repository, caches, settings. It can be set back to where it was.</summary>
/// <param name="folder">The folder.</param>
internal sealed class PeerState(string folder)
{
    private readonly string saved = folder + ".saved";

    public string Folder => folder;

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        Remove(folder);
        Directory.CreateDirectory(folder);
    }

    /// <summary>Keeps it as it is now; it must be set back before it is used again.</summary>
    public void Save()
    {
        Remove(saved);
        Directory.Move(folder, saved);
    }

    /// <summary>Sets it back to where it was saved. The same path serves: peers remember where a repository is.</summary>
    public void Reset()
    {
        Remove(folder);
        ProcessRunner.Run(new Launch("cp", "-a", saved, folder));
    }

    public void Delete()
    {
        Remove(folder);
        Remove(saved);
    }

    public static void Remove(string path)
    {
        if (Directory.Exists(path)) ProcessRunner.Run(new Launch("rm", "-rf", "--", path));
    }
}
