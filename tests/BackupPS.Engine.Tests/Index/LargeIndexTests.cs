using System.Globalization;
using BackupPS.Engine.Tests.Operations;

namespace BackupPS.Engine.Tests.Index;

/// <summary>What is small here is the same code at twenty million blobs: BACKUPPS_TEST_BLOBS sets another number.</summary>
public sealed class LargeIndexTests
{
    [Fact]
    public async Task Memory_does_not_grow_with_the_index()
    {
        int blobs = int.Parse(Environment.GetEnvironmentVariable("BACKUPPS_TEST_BLOBS") ?? "600000", CultureInfo.InvariantCulture);
        await using TestBench bench = new(onDisk: true);
        await RunAsync(bench, "make", blobs);
        foreach (string name in new[] { "built", "mapped" })
        {
            Dictionary<string, double> result = (await RunAsync(bench, "load", blobs)).Split(' ').Select(static p => p.Split('=')).ToDictionary(static p => p[0], static p => double.Parse(p[1], CultureInfo.InvariantCulture));
            Assert.Equal(blobs, result["blobs"]);
            int stride = Math.Max(1, blobs / 1_000_000);
            Assert.Equal((blobs + stride - 1) / stride, result["found"]);
            Assert.Equal(0, result["wrong"]);

            // As a table in memory, 600,000 would take 42 MB, 20 million 1.3 GB.
            Assert.InRange(result["loadPeakMB"] - result["baseMB"], 0, name == "built" ? 110 : 40);
        }

        string run = Assert.Single(Directory.GetFiles(bench["cache"], "*.run"));
        Assert.InRange(new FileInfo(run).Length / (double)blobs, 38, 45);
    }

    private static async Task<string> RunAsync(TestBench bench, string what, int blobs)
    {
        (int exitCode, string output, string error) = await ChildProcess.RunAsync(ChildProcess.CommandLine(IndexScale.Task, bench.Folder, what, blobs.ToString(CultureInfo.InvariantCulture)));
        Assert.True(exitCode == 0, error);
        return output.Trim();
    }
}
