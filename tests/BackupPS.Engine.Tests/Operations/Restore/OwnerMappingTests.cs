namespace BackupPS.Engine.Tests.Operations.Restore;

/// <summary>A restore on a host where the accounts have other numbers: owners and all entries of ACLs go by name.</summary>
public sealed class OwnerMappingTests
{
    private const string List = "find . -mindepth 1 -printf '%P %U:%G\\n' | sort; find . ! -type l | sort | xargs getfacl -n -p | sed -n 's/^# file: //p; /user:[0-9]/p; /group:[0-9]/p'";

    public static TheoryData<string> Ways => ["Fresh", "Always", "InPlace", "InPlace NoRollback", "InPlace DeleteExtra"];

    // Where the backup is made, alice is 4001 and staff 5001; the others have no names.
    private static async Task<(TestBench Bench, string SnapshotId)> SaveAsync(string more = "")
    {
        TestBench bench = await TestBench.CreateAsync();
        await Shell.RunAsync(
            $"""
            mkdir -p above/folder/inner; printf x > file; printf y > above/folder/inner/file; printf z > large; mkfifo fifo; ln -s file link
            setfacl -m u:4001:rw,g:5001:r,u:6001:x file fifo above/folder/inner/file large; setfacl -m u:4001:rwx,d:u:4001:rwx,d:g:5001:rx,d:u:6001:r above/folder above/folder/inner
            setfattr -n user.large -v {new string('v', 3000)} large
            chown -h 4001:5001 file link fifo above/folder; {more}
            """,
            bench.Source);
        bench.Hooks.UserName = static id => id == 4001 ? "alice" : "";
        bench.Hooks.GroupName = static id => id == 5001 ? "staff" : "";
        string id = (await bench.BackupAsync()).SnapshotId;
        bench.Hooks.UserName = static id => id == 4001 ? "bob" : id == 4002 ? "alice" : "";
        bench.Hooks.GroupName = static id => id == 5001 ? "guests" : id == 5002 ? "staff" : "";
        bench.Hooks.FindUser = static name => name == "alice" ? 4002u : name == "bob" ? 4001u : null;
        bench.Hooks.FindGroup = static name => name == "staff" ? 5002u : name == "guests" ? 5001u : null;
        return (bench, id);
    }

    private static Func<RestoreRequest, RestoreRequest> Change(string way, bool numeric) => r => r with
    {
        Overwrite = "Always",
        InPlace = way.Contains("InPlace", StringComparison.Ordinal),
        NoRollback = way.Contains("NoRollback", StringComparison.Ordinal),
        DeleteExtra = way.Contains("DeleteExtra", StringComparison.Ordinal),
        NumericOwner = numeric,
        Verify = true,
    };

    [TreeTheory]
    [MemberData(nameof(Ways))]
    public async Task Owners_and_entries_of_access_lists_go_by_name_and_by_number_where_that_is_said(string way)
    {
        if (!OperationsChild.IsRoot) return;
        (TestBench bench, string id) = await SaveAsync();
        await using TestBench owned = bench;
        string saved = await Shell.RunAsync(List, bench.Source), here = saved.Replace("4001", "4002", StringComparison.Ordinal).Replace("5001", "5002", StringComparison.Ordinal);
        Assert.Contains("default:user:4001", saved, StringComparison.Ordinal);
        foreach ((bool numeric, string expected) in new[] { (false, here), (true, saved), (false, here) })
        {
            string destination = way == "Fresh" ? $"out{Guid.NewGuid():n}" : "out";
            Assert.Equal("Complete", (await bench.RestoreAsync(id, destination, Change(way, numeric))).Status);
            Assert.Equal(expected, await Shell.RunAsync(List, bench.Restored(destination)));
        }

        // What has been mapped is the same when it is looked at again.
        if (way.StartsWith("InPlace", StringComparison.Ordinal)) Assert.Equal(0, (await bench.RestoreAsync(id, "out", Change(way, numeric: false))).FilesChanged);
        Assert.Empty(bench.Warnings);
        Assert.DoesNotContain("access_names", await Shell.RunAsync("getfattr -R -m - .", bench.Folder), StringComparison.Ordinal);
    }

    [TreeFact]
    public async Task Two_accounts_that_become_one_may_what_both_might()
    {
        if (!OperationsChild.IsRoot) return;
        (TestBench bench, string id) = await SaveAsync("setfacl -m u:4002:r-x above/folder/inner/file");
        await using TestBench owned = bench;
        await bench.RestoreAsync(id, "out");
        Assert.Equal("user:4002:r--\nuser:6001:--x", (await Shell.RunAsync("getfacl -n -p above/folder/inner/file | grep '^user:[0-9]'", bench.Restored("out"))).Trim());
    }

    [TreeTheory]
    [MemberData(nameof(Ways))]
    public async Task An_account_that_is_not_known_here_goes_by_number_and_a_warning_says_whose_that_is(string way)
    {
        if (!OperationsChild.IsRoot) return;
        (TestBench bench, string id) = await SaveAsync();
        await using TestBench owned = bench;
        bench.Hooks.FindUser = static _ => null;
        await bench.RestoreAsync(id, "out", Change(way, numeric: false));
        string warning = Assert.Single(bench.Warnings);
        Assert.Contains("alice (4001, here bob)", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("staff", warning, StringComparison.Ordinal);
        Assert.Contains("user:4001", await Shell.RunAsync(List, bench.Restored("out")), StringComparison.Ordinal);
    }
}
