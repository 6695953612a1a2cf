using Xunit.Abstractions;

namespace BackupPS.Engine.Tests.Soak;

/// <summary>The soak goes through each kind of trouble once; minutes of it are <c>./build.ps1 -Task Soak</c>.</summary>
public sealed class ShortSoakTests(ITestOutputHelper output)
{
    private const int Seed = 20261120;

    [Fact]
    public async Task Processes_that_are_killed_stopped_and_starved_lose_nothing()
    {
        // Stopping by signal and mounting are Linux's.
        if (!OperatingSystem.IsLinux()) return;
        (int exitCode, string said, string error) = await ChildProcess.RunAsync("dotnet", SoakPath(), "--minutes", "0.01", "--seed", $"{Seed}");
        output.WriteLine(said);
        Assert.Equal("", error);
        Assert.True(exitCode == 0, said);
        Assert.Contains(", 0 defects, seed " + Seed, said, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 kills", said, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 restored", said, StringComparison.Ordinal);
    }

    // Built with this assembly, in the same configuration: .../tests/BackupPS.Engine.Tests/bin/<configuration>/net10.0/.
    private static string SoakPath()
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string tests = own.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(tests, "Soak", "bin", own.Parent.Name, own.Name, "BackupPS.Soak.dll");
    }
}
