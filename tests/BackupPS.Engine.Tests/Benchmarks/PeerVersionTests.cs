using BackupPS.Benchmarks;
using BackupPS.Benchmarks.Peers;

namespace BackupPS.Engine.Tests.Benchmarks;

public sealed class PeerVersionTests
{
    [Theory]
    [InlineData("restic 0.19.1 compiled with go1.26.4 on linux/amd64", "0.19.1", "0.19.1")]
    [InlineData("restic 1.0.0 compiled with go1.30 on linux/amd64", "0.19.1", "1.0.0")]
    [InlineData("borg 1.4.5\n", "1.4", "1.4.5")]
    [InlineData("borg 1.4.0", "1.4", "1.4.0")]
    public void A_version_that_is_new_enough_is_told(string printed, string minimum, string version) =>
        Assert.Equal(version, PeerVersion.Check("peer", printed, Version.Parse(minimum)));

    [Theory]
    [InlineData("restic 0.19.0 compiled with go1.26.4 on linux/amd64", "0.19.1")]
    [InlineData("restic 0.9.6 compiled with go1.26.4 on linux/amd64", "0.19.1")]
    [InlineData("borg 1.2.8", "1.4")]
    [InlineData("command not found", "1.4")]
    public void An_old_peer_and_one_of_no_version_are_refused(string printed, string minimum)
    {
        BenchmarkException e = Assert.Throws<BenchmarkException>(() => PeerVersion.Check("peer", printed, Version.Parse(minimum)));
        Assert.Contains("peer", e.Message, StringComparison.Ordinal);
    }
}
