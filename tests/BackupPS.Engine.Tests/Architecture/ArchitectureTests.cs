using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using BackupPS.Engine.Tests.ArchitectureRules.Targets;
using BackupPS.Engine.Tests.Golden;

namespace BackupPS.Engine.Tests.ArchitectureRules;

/// <summary>The rules of the house that code can break: directions of dependencies, and names (DESIGN section 3).</summary>
public sealed partial class ArchitectureTests
{
    private const string Root = "BackupPS.Engine";

    // What each stratum may refer to, besides itself, the contracts (types of the root namespace, but for BackupEngine), the model and libraries.
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Platform"] = [],
        ["Storage"] = [],
        ["Crypto"] = [],
        ["Compression"] = [],
        ["Chunking"] = [],
        ["Packing"] = ["Crypto", "Compression"],
        ["Index"] = ["Packing", "Crypto", "Compression"],
        ["Repositories"] = ["Packing", "Index", "Crypto", "Compression", "Chunking", "Storage", "Platform"],
        ["Policies"] = ["Catalog"],
        ["Sources"] = ["Platform"],
        ["Catalog"] = ["Platform"],
        ["Operations"] = ["Repositories", "Packing", "Index", "Crypto", "Compression", "Chunking", "Storage", "Platform", "Policies", "Sources", "Catalog"],
    };

    private static readonly IReadOnlyDictionary<string, HashSet<string>> Engine = TypeReferences.Read(typeof(BackupEngine).Assembly.Location);

    [Fact]
    public void Strata_refer_to_what_is_below_them_only()
    {
        var violations = new List<string>();
        foreach ((string type, HashSet<string> references) in Engine)
        {
            string? from = Stratum(type);
            if (from is null) continue;
            foreach (string reference in references)
            {
                string? to = Stratum(reference);
                if (to is null || to == from || Allowed[from].Contains(to)) continue;
                violations.Add($"{type} -> {reference}");
            }
        }

        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations.Order()));
    }

    [Fact]
    public void Every_namespace_of_the_engine_has_a_place_in_the_house()
    {
        IEnumerable<string> strata = Engine.Keys.Select(Stratum).OfType<string>().Distinct();
        Assert.Equal(Allowed.Keys.Order(), strata.Order());
    }

    [Fact]
    public void No_two_strata_refer_to_each_other()
    {
        foreach (string stratum in Allowed.Keys) Assert.DoesNotContain(stratum, Below(stratum));

        static IEnumerable<string> Below(string stratum) => Allowed[stratum].SelectMany(static s => Below(s).Prepend(s));
    }

    [Fact]
    public void Contracts_refer_to_no_stratum()
    {
        List<string> violations = [.. Engine.Where(static t => IsContract(t.Key)).SelectMany(static t => t.Value.Where(static r => Stratum(r) is not null || r == Root + ".BackupEngine").Select(r => $"{t.Key} -> {r}"))];
        Assert.True(violations.Count == 0, string.Join(Environment.NewLine, violations.Order()));
        Assert.True(Engine.Keys.Count(IsContract) > 10);
    }

    [Fact]
    public void Only_the_table_of_contents_is_above_the_operations() =>
        Assert.Contains(Engine[Root + ".BackupEngine"], static r => Stratum(r) == "Operations");

    [Fact]
    public void The_engine_stands_on_the_model_and_on_named_libraries_and_on_no_PowerShell()
    {
        Assert.DoesNotContain(References(typeof(BackupEngine).Assembly), static n => n is not ("BackupPS.Model" or "Microsoft.Data.Sqlite" or "Polly.Core" or "ZstdSharp" or "netstandard")
            && !n.StartsWith("SQLitePCLRaw.", StringComparison.Ordinal) && (!n.StartsWith("System.", StringComparison.Ordinal) || n.StartsWith("System.Management", StringComparison.Ordinal)) && n is not ("Microsoft.Win32.Primitives" or "Microsoft.Win32.Registry"));
        Assert.DoesNotContain(References(typeof(BackupResult).Assembly), static n => !n.StartsWith("System.", StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_refer_downwards()
    {
        var allowed = new Dictionary<string, string[]> { ["BackupPS.Model"] = [], ["BackupPS.Engine"] = ["BackupPS.Model"], ["BackupPS.Cmdlets"] = ["BackupPS.Engine", "BackupPS.Model"], ["BackupPS.Help"] = ["BackupPS.Cmdlets", "BackupPS.Model"], ["BackupPS.Package"] = ["BackupPS.Cmdlets", "BackupPS.Engine"] };
        string[] projects = Directory.GetFiles(Path.Combine(FindRoot(), "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.True(projects.Length >= 2);
        foreach (string project in projects)
        {
            IEnumerable<string> references = XDocument.Load(project).Descendants("ProjectReference").Select(static r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.Empty(references.Except(allowed[Path.GetFileNameWithoutExtension(project)]));
        }
    }

    [Fact]
    public void No_type_or_namespace_is_named_for_nothing()
    {
        // A thing is named for what it does.
        Assert.DoesNotContain(Engine.Keys, static t => t.StartsWith(Root, StringComparison.Ordinal) && Empty().IsMatch(t));
        Assert.Matches(Empty(), "BackupPS.Engine.Common.X");
        Assert.Matches(Empty(), "BackupPS.Engine.Storage.PathHelper");
        Assert.Matches(Empty(), "BackupPS.Engine.Storage.StringUtils");
        Assert.Matches(Empty(), "BackupPS.Engine.SessionManager`1");
    }

    [Fact]
    public void A_file_has_one_type_and_is_named_for_it()
    {
        string source = Path.Combine(FindRoot(), "src", "BackupPS.Engine");
        string[] files = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories).Where(static f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("\\obj\\", StringComparison.Ordinal))];
        Assert.True(files.Length > 150);
        foreach (string file in files)
        {
            string type = Path.GetFileName(file).Split('.')[0];
            MatchCollection declared = TypeDeclaration().Matches(File.ReadAllText(file));
            Assert.True(declared.Count == 1 && declared[0].Groups[1].Value == type, $"{Path.GetRelativePath(source, file)} declares {string.Join(", ", declared.Select(static m => m.Groups[1].Value))}");
        }
    }

    [Fact]
    public void The_independent_reader_knows_nothing_of_the_engine()
    {
        IReadOnlyDictionary<string, HashSet<string>> tests = TypeReferences.Read(typeof(ArchitectureTests).Assembly.Location);
        Type[] independent = [typeof(IndependentReader), typeof(IndependentListing), typeof(IndependentNumbers), typeof(IndependentCodecs), typeof(ListedItem), typeof(ListedSnapshot)];
        foreach (Type type in independent)
        {
            IEnumerable<string> own = tests[type.FullName!].Where(static r => r.StartsWith("BackupPS", StringComparison.Ordinal));
            Assert.Empty(own.Except(independent.Select(static t => t.FullName!)));
        }

        Assert.Contains("BackupPS.Engine.Repositories.Repository", tests[typeof(EngineListing).FullName!]);
    }

    [Fact]
    public void A_reference_is_seen_wherever_it_stands()
    {
        HashSet<string> found = TypeReferences.Read(typeof(ArchitectureTests).Assembly.Location)[typeof(ReferenceSamples).FullName!];
        string[] targets = [.. typeof(NotReferred).Assembly.GetTypes().Where(static t => t.Namespace == typeof(NotReferred).Namespace).Select(static t => t.FullName!)];
        Assert.True(targets.Length > 15);
        Assert.Equal([typeof(NotReferred).FullName!], targets.Except(found));
    }

    private static string? Stratum(string type)
    {
        if (!type.StartsWith(Root + ".", StringComparison.Ordinal)) return null;
        string[] parts = type[(Root.Length + 1)..].Split('.');
        return parts.Length > 1 ? parts[0] : null;
    }

    private static bool IsContract(string type) => type.StartsWith(Root + ".", StringComparison.Ordinal) && Stratum(type) is null && type != Root + ".BackupEngine";

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(static n => n.Name!);

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "BackupPS.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new DirectoryNotFoundException("BackupPS.sln is not above the tests.");
    }

    [GeneratedRegex(@"(Utils?|Utilit(y|ies)|Helpers?|Managers?|Common|Misc)(\.|`|$)")]
    private static partial Regex Empty();

    [GeneratedRegex(@"^(?:public|internal)[\w ]*?\s(?:class|struct|interface|enum|record(?: struct| class)?)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();
}
