using BackupPS.Benchmarks.Measuring;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Debian's package linux-source-6.1: fetched and unpacked once, or taken from where the user has it.</summary>
/// <param name="cache">Folder for what is fetched.</param>
/// <param name="givenTree">An unpacked tree; <see langword="null"/>: unpack the archive.</param>
/// <param name="givenArchive">linux-source-6.1.tar.xz; <see langword="null"/>: the installed package's, else fetch it.</param>
internal sealed class LinuxSource(string cache, string? givenTree, string? givenArchive)
{
    private const string Package = "linux-source-6.1", ArchiveName = Package + ".tar.xz";

    private string? tree;
    private string? archive;

    /// <summary>Folder of the unpacked tree.</summary>
    public string Tree => tree ??= givenTree is null ? Unpack() : Existing(givenTree);

    /// <summary>The archive in the package, compressed with xz.</summary>
    public string Archive => archive ??= FindArchive();

    private static string Existing(string path) =>
        File.Exists(Path.Combine(path, "MAINTAINERS")) ? Path.GetFullPath(path) : throw new BenchmarkException($"'{path}' holds no unpacked {Package}.");

    private string Unpack()
    {
        string folder = Path.Combine(cache, Package);
        if (Directory.Exists(folder)) return folder;
        string partial = folder + ".partial";
        if (Directory.Exists(partial)) Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        ProcessRunner.Run(new Launch("tar", "-C", partial, "-xf", Archive));
        Directory.Move(Path.Combine(partial, Package), folder);
        Directory.Delete(partial);
        return folder;
    }

    private string FindArchive()
    {
        if (givenArchive is not null) return File.Exists(givenArchive) ? Path.GetFullPath(givenArchive) : throw new BenchmarkException($"There is no '{givenArchive}'.");
        string installed = Path.Combine("/usr/src", ArchiveName);
        if (File.Exists(installed)) return installed;
        string unpacked = Path.Combine(cache, "package");
        string fetched = Path.Combine(unpacked, "usr", "src", ArchiveName);
        if (File.Exists(fetched)) return fetched;
        Directory.CreateDirectory(cache);
        ProcessRunner.Run(new Launch("apt-get", "download", Package) { WorkingFolder = cache });
        string package = Directory.GetFiles(cache, Package + "_*.deb").Order(StringComparer.Ordinal).Last();
        ProcessRunner.Run(new Launch("dpkg-deb", "-x", package, unpacked));
        return fetched;
    }
}
