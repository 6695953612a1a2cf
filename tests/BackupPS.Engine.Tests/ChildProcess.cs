using System.Diagnostics;

namespace BackupPS.Engine.Tests;

/// <summary>Starts <see cref="ChildProgram"/>.</summary>
internal static class ChildProcess
{
    /// <summary>The command line: the dotnet host of this process, this assembly, and the arguments.</summary>
    public static string[] CommandLine(params string[] arguments)
    {
        string host = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        return [host, typeof(ChildProcess).Assembly.Location, .. arguments];
    }

    /// <summary>Starts a command with its output redirected.</summary>
    public static Process Start(params string[] command)
    {
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in command.AsSpan(1)) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] command)
    {
        using Process process = Start(command);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
