using System.Globalization;
using System.Text;
using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.DataSets;

/// <summary>Data set 3: the image of an ext4 disk that holds the source tree, before and after some of its files changed.</summary>
internal sealed class DiskImage : IDataSet
{
    // So that the same files make the same image: e2fsprogs stamps what it writes with this time.
    private static readonly Dictionary<string, string> FixedTime = new() { ["E2FSPROGS_FAKE_TIME"] = "1700000000", ["SOURCE_DATE_EPOCH"] = "1700000000" };

    private const string ImageName = "disk.img", FileSystemId = "5b0c1f6e-37a4-4d0e-9a51-6f2f0a7c9d11";

    public string Name => DataSetNames.Image;

    public string Title => "3: ext4 image of the source tree";

    public bool Changes => true;

    public bool HasHoles => true;

    public void Make(string folder, DataOrigin origin)
    {
        string tree = Tree(origin);
        string image = Path.Combine(folder, ImageName);
        long megabytes = origin.Scale < 1 ? Math.Max(256, (long)(2560 * origin.Scale)) : 2560;
        ProcessRunner.Run(new Launch(
            "mke2fs", "-q", "-t", "ext4", "-d", tree, "-U", FileSystemId, "-E", $"hash_seed={FileSystemId}", "-N", Math.Max(16384, origin.Scaled(131072)).ToString(CultureInfo.InvariantCulture),
            "-F", image, $"{megabytes}M") { Environment = FixedTime });
    }

    public void Change(string folder, DataOrigin origin)
    {
        // What a mounted disk would show: blocks freed, others allocated, bitmaps and folders rewritten.
        string tree = Tree(origin);
        ChangeSet changes = ChangeSet.Plan(tree, origin.Random(2));
        string contents = Path.Combine(origin.Scratch, "image-changes");
        Directory.CreateDirectory(contents);
        var script = new StringBuilder();
        int number = 0;
        foreach (string file in changes.Edited) Write(file, changes.Edit(File.ReadAllBytes(Path.Combine(tree, file))), exists: true);
        foreach ((string path, string model) in changes.Added) Write(path, changes.Derive(File.ReadAllBytes(Path.Combine(tree, model))), exists: false);
        foreach (string file in changes.Removed) Remove(file);
        string scriptFile = Path.Combine(contents, "script");
        File.WriteAllText(scriptFile, script.ToString());
        string image = Path.Combine(folder, ImageName);
        ProcessRunner.Run(new Launch("debugfs", "-w", "-f", scriptFile, image) { Environment = FixedTime, Output = Path.Combine(contents, "log") });
        // debugfs ends with 0 whatever happened; the file system must be whole, and the new files in it.
        ProcessRunner.Run(new Launch("e2fsck", "-f", "-n", image));
        string log = File.ReadAllText(Path.Combine(contents, "log"));
        int written = log.Split("Allocated inode:").Length - 1;
        if (written != number) throw new BenchmarkException($"debugfs wrote {written} of {number} files: {ProcessRunner.Tail(log)}");
        Directory.Delete(contents, recursive: true);

        void Write(string path, byte[] content, bool exists)
        {
            string file = Path.Combine(contents, number++.ToString(CultureInfo.InvariantCulture));
            File.WriteAllBytes(file, content);
            if (exists) Remove(path);
            else Enter(path);
            script.Append(CultureInfo.InvariantCulture, $"write {file} \"{Path.GetFileName(path)}\"\n");
        }

        void Remove(string path)
        {
            Enter(path);
            script.Append(CultureInfo.InvariantCulture, $"rm \"{Path.GetFileName(path)}\"\n");
        }

        // Names, not paths: "rm /name" leaves the name and frees the file (e2fsprogs 1.47), and "write" takes no path.
        void Enter(string path) => script.Append(CultureInfo.InvariantCulture, $"cd \"/{Path.GetDirectoryName(path)}\"\n");
    }

    // A small image holds one folder of the tree.
    private static string Tree(DataOrigin origin) => origin.Scale < 1 ? Path.Combine(origin.Linux.Tree, "fs") : origin.Linux.Tree;
}
