using System.Reflection;
using System.Runtime.Loader;

namespace BackupPS.Help;

/// <summary>
/// Makes the help of the cmdlets from their assembly and its documentation file. Attributes are read; nothing of what they stand on is run.
/// What is not documented fails the build.
/// </summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not [string output, string topicFolder, string commandFile, string modelFile])
        {
            Console.Error.WriteLine("BackupPS.Help OUTPUT TOPICS CMDLETS MODEL: the file to write, the folder of the about_ topics, and the two assemblies, each with its documentation file beside it.");
            return 2;
        }

        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Name == Path.GetFileNameWithoutExtension(modelFile) ? context.LoadFromAssemblyPath(Path.GetFullPath(modelFile)) : null;
        Assembly model = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath(modelFile));
        Assembly commands = AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.GetFullPath(commandFile));
        var documentation = Documentation.Load([Path.ChangeExtension(commandFile, ".xml"), Path.ChangeExtension(modelFile, ".xml")]);
        string[] topics = [.. Directory.EnumerateFiles(topicFolder, "about_*.help.txt").Select(static file => Path.GetFileName(file)[..^".help.txt".Length])];

        var reader = new CommandReader(commands, new PipelineNouns(model, documentation), documentation, topics);
        IReadOnlyList<CommandHelp> help = reader.Read();
        foreach (string problem in reader.Problems) Console.WriteLine($"BackupPS.Help : error HELP001: {problem}");
        if (reader.Problems.Count > 0) return 1;

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        MamlWriter.Write(help, output);
        return 0;
    }
}
