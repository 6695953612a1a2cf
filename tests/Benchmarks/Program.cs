// Compares BackupPS with restic and borg on the same files, and times the kernels of the engine.
//
//     dotnet run -c Release --project tests/Benchmarks -- data     makes the data sets
//     dotnet run -c Release --project tests/Benchmarks -- compare  whole processes, side by side with restic and borg
//     dotnet run -c Release --project tests/Benchmarks -- index    a repository with an index of 20 million blobs
//     dotnet run -c Release --project tests/Benchmarks -- startup  import, snapshots and completion in pwsh
//     dotnet run -c Release --project tests/Benchmarks -- kernels  the inner loops, under BenchmarkDotNet
//     dotnet run -c Release --project tests/Benchmarks -- report   tests/Benchmarks/RESULTS.md from what was measured
//     (engine: one operation of the engine alone, as compare starts it)
using BackupPS.Benchmarks;
using BackupPS.Benchmarks.Commands;

try
{
    switch (args)
    {
        case ["engine", .. string[] rest]:
            return await EngineCommand.RunAsync(rest);
        case ["data", .. string[] rest]:
            DataCommand.Run(rest);
            return 0;
        case ["compare", .. string[] rest]:
            await CompareCommand.RunAsync(rest);
            return 0;
        case ["index", .. string[] rest]:
            await IndexCommand.RunAsync(rest);
            return 0;
        case ["startup", .. string[] rest]:
            await StartupCommand.RunAsync(rest);
            return 0;
        case ["kernels", .. string[] rest]:
            KernelsCommand.Run(rest);
            return 0;
        case ["report", .. string[] rest]:
            ReportCommand.Run(rest);
            return 0;
        default:
            await Console.Error.WriteLineAsync("Say what to do: data, compare, index, startup, kernels or report. The head of Program.cs tells what each does.");
            return 2;
    }
}
catch (BenchmarkException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
