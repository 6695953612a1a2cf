using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>Reads files so that each peer finds them in memory, as far as memory goes.</summary>
internal static class PageCache
{
    public static void Warm(string folder)
    {
        if (!Directory.Exists(folder)) return;
        byte[] buffer = new byte[1024 * 1024];
        foreach (string file in TreeWalk.Files(folder))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            while (stream.Read(buffer) > 0)
            {
            }
        }
    }
}
