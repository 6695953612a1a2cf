using BackupPS.Benchmarks.Kernels;
using BackupPS.Benchmarks.Measuring;
using BackupPS.Benchmarks.Reporting;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;

namespace BackupPS.Benchmarks.Commands;

/// <summary>Times the inner loops under BenchmarkDotNet.</summary>
internal static class KernelsCommand
{
    private static readonly IReadOnlyList<Type> Classes = [typeof(ContentKernels), typeof(SegmentKernels), typeof(TreeKernels), typeof(IndexKernels), typeof(KeyKernels)];

    public static void Run(IReadOnlyList<string> arguments)
    {
        var options = new Options(arguments, "classes", "iterations", "results");
        string results = options.Folder("results", Path.Combine(Checkout.Results, "kernels.json"));
        string work = Path.Combine(Checkout.Root, "out", "bench");
        Directory.CreateDirectory(work);
        IReadOnlyList<string> chosen = options.Choice("classes", [.. Classes.Select(static c => c.Name)]);

        // In this process: a project that BenchmarkDotNet generates would not see the engine's internals.
        Job job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(options.Count("iterations", 10));
        IConfig config = ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddLogger(ConsoleLogger.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddValidator(JitOptimizationsValidator.FailOnError)
            .WithArtifactsPath(Path.Combine(work, "kernels"));

        ResultFile file = ResultFile.Load(results);
        int run = file.Begin(Machine.Describe("kernels", work, 1, []));
        foreach (Type type in Classes.Where(c => chosen.Contains(c.Name)))
        {
            Summary summary = BenchmarkRunner.Run(type, config);
            foreach (BenchmarkReport report in summary.Reports)
            {
                if (report.ResultStatistics is not { } statistics) throw new BenchmarkException($"{report.BenchmarkCase.DisplayInfo} has no result.");
                var kernel = (KernelAttribute)Attribute.GetCustomAttribute(report.BenchmarkCase.Descriptor.WorkloadMethod, typeof(KernelAttribute))!;
                file.Set(new KernelFigure(run, kernel.Name, kernel.Unit, kernel.Units, kernel.Budget, statistics.Mean, statistics.ConfidenceInterval.Margin, report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0));
            }
        }

        file.Save(results);
        Console.WriteLine($"Raw results: {results}");
    }
}
