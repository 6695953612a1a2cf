using System.Diagnostics;
using System.Text;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>Runs the system's own tools: what they say does not depend on the code under test.</summary>
internal static class Shell
{
    /// <summary>Runs a script with bash; its output, each byte as the character of that number.</summary>
    public static async Task<string> RunAsync(string script, string folder)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder, StandardOutputEncoding = Encoding.Latin1, StandardErrorEncoding = Encoding.Latin1 };
        foreach (string argument in new[] { "-euc", script }) start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The script ended with {process.ExitCode}: {error}\n{script}");
        return await output;
    }
}
