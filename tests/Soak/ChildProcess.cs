using System.Diagnostics;
using System.Runtime.InteropServices;
using BackupPS.Soak.Children;

namespace BackupPS.Soak;

/// <summary>A child, as the soak sees it.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    // Linux on every processor that .NET runs on.
    private const int SignalContinue = 18, SignalStop = 19;

    private readonly Process process;
    private readonly Task reading;
    private readonly Task<string> errors;

    private ChildProcess(string task, ChildOptions options, Process process, Ledger ledger)
    {
        Task = task;
        Options = options;
        this.process = process;
        reading = System.Threading.Tasks.Task.Run(() => ReadAsync(ledger));
        errors = process.StandardError.ReadToEndAsync();
    }

    public string Task { get; }

    public ChildOptions Options { get; }

    public bool HasExited => process.HasExited;

    public static ChildProcess Start(string task, ChildOptions options, Ledger ledger)
    {
        // The dotnet host of this process and this assembly, or this program by itself.
        string own = Environment.ProcessPath!;
        bool hosted = Path.GetFileNameWithoutExtension(own) == "dotnet";
        var start = new ProcessStartInfo(own) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (hosted) start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        start.ArgumentList.Add(task);
        foreach (string argument in options.ToArguments()) start.ArgumentList.Add(argument);
        return new ChildProcess(task, options, Process.Start(start)!, ledger);
    }

    /// <summary><c>SIGKILL</c>, and waits until the process is gone and all that it said is known.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        await reading;
    }

    /// <summary><c>SIGSTOP</c>.</summary>
    public void Stop() => Signal(SignalStop);

    /// <summary><c>SIGCONT</c>.</summary>
    public void Continue() => Signal(SignalContinue);

    /// <summary>Lets it finish what it is at.</summary>
    /// <returns>What it said on its error output, or <see langword="null"/> when it did not end in time.</returns>
    public async Task<string?> EndAsync(TimeSpan limit)
    {
        process.StandardInput.Close();
        using var late = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return null;
        }

        await reading;
        return await errors + (process.ExitCode == 0 ? "" : $"(exit code {process.ExitCode})");
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private async Task ReadAsync(Ledger ledger)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line) ledger.Note(Options.Name, line);
    }

    private void Signal(int number)
    {
        // It may have ended by itself.
        if (!process.HasExited) _ = Kill(process.Id, number);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
