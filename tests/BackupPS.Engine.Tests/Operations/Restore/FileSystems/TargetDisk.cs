namespace BackupPS.Engine.Tests.Operations.Restore.FileSystems;

/// <summary>A file system of some kind, mounted in the folder <c>mnt</c> of a bench, with the files that a script makes on it.</summary>
internal sealed class TargetDisk : IAsyncDisposable
{
    private const string Overlay = "overlay";

    private readonly TestBench bench;

    private TargetDisk(TestBench bench) => this.bench = bench;

    public static string FolderName => "mnt";

    /// <summary>Makes a fresh one.</summary>
    /// <param name="bench">The bench.</param>
    /// <param name="kind">tmpfs, bind, overlay, ext4, xfs, btrfs, exfat, ntfs.</param>
    /// <param name="fill">Makes files in it. Of an overlay, in the layer below.</param>
    public static async Task<TargetDisk> MountAsync(TestBench bench, string kind, string fill)
    {
        var disk = new TargetDisk(bench);
        string image = $"truncate -s {(kind == "xfs" ? 300 : 128)}M image";
        const string Loop = "losetup -f --show image > loop";
        await Shell.RunAsync($"mkdir -p {FolderName}", bench.Folder);
        await Shell.RunAsync(
            kind switch
            {
                "tmpfs" => $"mount -t tmpfs none {FolderName}",
                "bind" => $"mkdir -p bound; mount --bind bound {FolderName}",
                Overlay => "mkdir -p layers; mount -t tmpfs none layers; mkdir layers/low layers/up layers/work",
                "exfat" => $"{image}; mkfs.exfat image > log; {Loop}; mount.exfat-fuse $(cat loop) {FolderName} > log 2>&1",
                "ntfs" => $"{image}; mkfs.ntfs -F -q image > log; {Loop}; ntfs-3g $(cat loop) {FolderName} 2> log",
                _ => $"{image}; mkfs.{kind} -q image > log 2>&1; {Loop}; mount $(cat loop) {FolderName}",
            },
            bench.Folder);
        string below = kind == Overlay ? "layers/low" : FolderName;
        await Shell.RunAsync(fill, bench[below]);
        if (kind == Overlay) await Shell.RunAsync($"mount -t overlay overlay -o lowerdir=$PWD/layers/low,upperdir=$PWD/layers/up,workdir=$PWD/layers/work,redirect_dir=off {FolderName}", bench.Folder);
        return disk;
    }

    public async ValueTask DisposeAsync() =>
        await Shell.RunAsync($"umount {FolderName} 2> log || umount -l {FolderName}; [ ! -e layers ] || umount layers; if [ -e loop ]; then losetup -d $(cat loop); fi; rm -rf loop image layers bound log", bench.Folder);
}
