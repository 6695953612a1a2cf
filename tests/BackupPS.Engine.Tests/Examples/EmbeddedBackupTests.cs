namespace BackupPS.Engine.Tests.Examples;

/// <summary>The example that drives the engine from C# runs as it stands.</summary>
public sealed class EmbeddedBackupTests
{
    [Fact]
    public async Task It_saves_damages_finds_mends_and_restores_a_folder()
    {
        DirectoryInfo source = Directory.CreateTempSubdirectory("embedded-");
        try
        {
            var random = new Random(7);
            for (int i = 0; i < 20; i++)
            {
                byte[] content = new byte[random.Next(100_000)];
                random.NextBytes(content);
                await File.WriteAllBytesAsync(Path.Combine(source.FullName, $"file{i}"), content);
            }

            (int exitCode, string output, string error) = await ChildProcess.RunAsync("dotnet", ExamplePath(), source.FullName);
            Assert.Equal("", error);
            Assert.True(exitCode == 0, output);
            Assert.Contains("First backup: Complete, Full, 20 new", output, StringComparison.Ordinal);
            Assert.Contains("0 new, 0 changed, 20 unchanged", output, StringComparison.Ordinal);
            Assert.Contains("One bit flipped: verification Failed", output, StringComparison.Ordinal);
            Assert.Contains("affected snapshots: 2", output, StringComparison.Ordinal);
            Assert.Contains("Everything came back.", output, StringComparison.Ordinal);
        }
        finally
        {
            source.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_an_error()
    {
        (int exitCode, _, string error) = await ChildProcess.RunAsync("dotnet", ExamplePath(), "/no/such/folder");
        Assert.Equal(1, exitCode);
        Assert.Contains("/no/such/folder", error, StringComparison.Ordinal);
    }

    // Built with this assembly, in the same configuration: .../tests/BackupPS.Engine.Tests/bin/<configuration>/net10.0/.
    private static string ExamplePath()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string root = output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "examples", "EmbeddedBackup", "bin", output.Parent.Name, output.Name, "EmbeddedBackup.dll");
    }
}
