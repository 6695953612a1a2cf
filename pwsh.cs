#:property PublishAot=false
#:property AssemblyName=StartPowerShell
// Runs a script in PowerShell 7.6 or newer on any machine that has the .NET 10 SDK:
//
//     dotnet run pwsh.cs build.ps1 -Task Test
//     dotnet run pwsh.cs                          an interactive session
//     dotnet run pwsh.cs -- -c 'Get-Date'         options of pwsh itself
//
// It takes the pwsh on the PATH where that is new enough. Elsewhere it takes the PowerShell that .config/dotnet-tools.json pins, which NuGet fetches once.
// `dotnet run` takes options that it knows for its own, such as -c, wherever they stand: `--` ends them.

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

Version minimum = new(7, 6);
string root = AppContext.GetData("EntryPointFileDirectoryPath") as string ?? Directory.GetCurrentDirectory();
string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? OfRuntime() ?? "dotnet";

string[]? host = Installed() ?? Pinned();
if (host is null) return 1;

// -NoProfile: a script must not run differently because of what a user keeps for the prompt.
string[] session = args is [] || args[0].StartsWith('-') ? args : ["-NoProfile", "-File", .. args];
var start = new ProcessStartInfo(host[0], [.. host[1..], .. session]) { UseShellExecute = false };
// Start-Job starts the pwsh beside pwsh.dll, which looks for .NET here.
if (Path.GetDirectoryName(dotnet) is { Length: > 0 } folder) start.Environment.TryAdd("DOTNET_ROOT", folder);

// PowerShell colours what it writes also where that is redirected, unless it is told not to.
if (Console.IsOutputRedirected) start.Environment.TryAdd("NO_COLOR", "1");

// Signals are for the PowerShell. Ctrl-C reaches it by itself, like everything in the terminal's foreground; this process waits for its exit code.
Process? child = null;
PosixSignal? early = null;
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true);
using PosixSignalRegistration quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static signal => signal.Cancel = true);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Forward);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Forward);
using Process started = Process.Start(start)!;
child = started;
if (early is { } missed) Send(missed);
started.WaitForExit();
return started.ExitCode;

void Forward(PosixSignalContext signal)
{
    signal.Cancel = true;
    early = signal.Signal;
    Send(signal.Signal);
}

void Send(PosixSignal signal)
{
    // Windows has no such signals: there a closing console tells every process in it.
    if (child is not { } process || OperatingSystem.IsWindows()) return;
    _ = NativeSignal.Send(process.Id, signal == PosixSignal.SIGHUP ? NativeSignal.HangUp : NativeSignal.Terminate);
}

// The dotnet whose runtime this program runs on.
static string? OfRuntime()
{
    string program = Path.GetFullPath(Path.Join(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
    return File.Exists(program) ? program : null;
}

// The pwsh on the PATH, where it is new enough. By its whole path: a bare name would be looked for beside this program and in the current folder first.
string[]? Installed()
{
    string name = OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh";
    string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(Path.IsPathFullyQualified).Select(folder => Path.Join(folder, name)).FirstOrDefault(File.Exists);
    return program is not null && Ask(program, []) is { } found && found.Version >= minimum ? found.Host : null;
}

// The tool that the manifest pins. Its own pwsh would be a parent that passes no signal on.
string[]? Pinned()
{
    string manifest = Path.Join(root, ".config", "dotnet-tools.json");
    string version;
    using (JsonDocument json = JsonDocument.Parse(File.ReadAllText(manifest)))
        version = json.RootElement.GetProperty("tools").GetProperty("powershell").GetProperty("version").GetString()!;

    string packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } named
        ? named : Path.Join(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
    string library = Path.Join(packages, "powershell", version, "tools", "net10.0", "any", OperatingSystem.IsWindows() ? "win" : "unix", "pwsh.dll");
    if (File.Exists(library)) return [dotnet, library];

    Console.Error.WriteLine($"There is no PowerShell {minimum} on the PATH: fetching PowerShell {version}, a .NET tool. This happens once.");
    (int code, string said) = Run(dotnet, ["tool", "restore", "--tool-manifest", manifest]);
    if (code != 0)
    {
        Console.Error.WriteLine(said.Trim());
        Console.Error.WriteLine($"'dotnet tool restore' ended with exit code {code}.");
        return null;
    }

    if (File.Exists(library)) return [dotnet, library];
    // NuGet keeps its packages elsewhere: the tool knows where.
    if (Ask(dotnet, ["tool", "run", "pwsh", "--"]) is { } found) return found.Host;
    Console.Error.WriteLine($"PowerShell {version} was fetched and did not start.");
    return null;
}

// What a PowerShell says of itself, or nothing where there is none. A pwsh that is a .NET tool is started as what it starts.
(Version Version, string[] Host)? Ask(string program, string[] leading)
{
    const string question = "\"$($PSVersionTable.PSVersion.Major).$($PSVersionTable.PSVersion.Minor)\"; [Environment]::ProcessPath; $PSHOME";
    try
    {
        (int code, string said) = Run(program, [.. leading, "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", question]);
        string[] lines = said.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (code != 0 || lines.Length != 3 || !Version.TryParse(lines[0], out Version? version)) return null;
        return (version, Path.GetFileNameWithoutExtension(lines[1]) == "dotnet" ? [lines[1], Path.Join(lines[2], "pwsh.dll")] : [program]);
    }
    catch (Win32Exception)
    {
        return null;
    }
}

// Runs a program to its end in the folder of this file; what it wrote comes back.
(int Code, string Said) Run(string program, string[] arguments)
{
    var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = root };
    using Process process = Process.Start(start)!;
    process.StandardInput.Close();
    Task<string> error = process.StandardError.ReadToEndAsync();
    string output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return (process.ExitCode, process.ExitCode == 0 ? output : output + error.Result);
}

/// <summary>kill(2): minimal systems do not have the program.</summary>
internal static class NativeSignal
{
    public const int HangUp = 1, Terminate = 15;

    [DllImport("libc", EntryPoint = "kill")]
    public static extern int Send(int processId, int signal);
}
