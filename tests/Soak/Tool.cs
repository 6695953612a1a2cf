using System.ComponentModel;
using System.Diagnostics;

namespace BackupPS.Soak;

/// <summary>Runs the system's own programs.</summary>
internal static class Tool
{
    /// <summary>Runs one to its end.</summary>
    /// <returns>Whether it is there and ended well, and what it said.</returns>
    public static async Task<(bool Succeeded, string Output)> TryRunAsync(string name, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode == 0, output + await error);
        }
        catch (Win32Exception e)
        {
            return (false, e.Message);
        }
    }

    /// <summary>The same where nothing else will do.</summary>
    public static async Task RunAsync(string name, params string[] arguments)
    {
        (bool succeeded, string output) = await TryRunAsync(name, arguments);
        if (!succeeded) throw new InvalidOperationException($"{name} {string.Join(' ', arguments)}: {output}");
    }
}
