namespace BackupPS.Benchmarks.Measuring;

/// <summary>Operations as options, results and tables name them.</summary>
internal static class OperationNames
{
    private static readonly (Operation Operation, string Name, string Title)[] Table =
    [
        (Operation.First, "first", "first backup"),
        (Operation.Unchanged, "unchanged", "nothing changed"),
        (Operation.Changed, "changed", "after the change set"),
        (Operation.Verify, "verify", "verify every byte"),
        (Operation.Restore, "restore", "restore whole"),
        (Operation.RestoreOne, "one", "restore one file"),
        (Operation.List, "list", "list a snapshot"),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Table.Select(static row => row.Name)];

    public static string Name(this Operation operation) => Table.First(row => row.Operation == operation).Name;

    public static string Title(string name) => Table.FirstOrDefault(row => row.Name == name).Title ?? name;

    public static Operation Parse(string name) => Table.First(row => row.Name == name).Operation;
}
