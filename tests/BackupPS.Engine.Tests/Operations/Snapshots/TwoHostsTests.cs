namespace BackupPS.Engine.Tests.Operations.Snapshots;

/// <summary>Two hosts with a policy of the same name in one repository: what one asks for is its own, unless it says otherwise.</summary>
public sealed class TwoHostsTests
{
    private static readonly HostSelection Beta = HostSelection.Named(static name => name == "beta");

    [Fact]
    public async Task The_latest_of_a_policy_is_this_hosts_in_every_kind_of_restore_unless_another_is_named()
    {
        await using TwoHosts hosts = await TwoHosts.CreateAsync();
        foreach (bool inPlace in new[] { false, true })
        {
            foreach (DateTime? at in new DateTime?[] { null, DateTime.UtcNow.AddYears(1) })
            {
                foreach ((HostSelection selection, string expected) in new[] { (HostSelection.Own, "alpha"), (Beta, "beta"), (HostSelection.All, "beta") })
                {
                    string destination = hosts.Bench[Guid.NewGuid().ToString("N")];
                    var request = new RestoreRequest { PolicyName = "p", At = at, Hosts = selection, Destination = destination, InPlace = inPlace, Overwrite = "Always", DeleteExtra = inPlace };
                    RestorePlan plan = await hosts.Alpha.PlanRestoreAsync(request, hosts.Bench.Callbacks, default);
                    RestoreResult result = await hosts.Alpha.RestoreAsync(request, hosts.Bench.Callbacks, default);
                    Assert.Equal((expected, expected), (plan.HostName, result.HostName));
                    Assert.Equal(expected, TestBench.Read(Path.Join(destination, hosts.Bench.Source, "file")));
                }
            }
        }
    }

    [Fact]
    public async Task A_host_without_snapshots_of_its_own_is_told_whose_there_are()
    {
        await using TwoHosts hosts = await TwoHosts.CreateAsync();
        BackupEngine gamma = hosts.Bench.CreateEngine("home-gamma", hostName: "gamma");
        string destination = hosts.Bench["out"];
        var request = new RestoreRequest { Repository = hosts.Bench.Vault, PolicyName = "p", Destination = destination };
        BackupException error = await Assert.ThrowsAsync<BackupException>(() => gamma.RestoreAsync(request, hosts.Bench.Callbacks, default));
        Assert.Same(BackupError.OtherHost, error.Error);
        Assert.Contains("alpha, beta", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(destination));

        // After a disaster: neither the policy nor the repository is known here.
        Assert.Equal("beta", (await gamma.RestoreAsync(request with { Hosts = Beta }, hosts.Bench.Callbacks, default)).HostName);
        Assert.Equal("beta", TestBench.Read(Path.Join(destination, hosts.Bench.Source, "file")));
        error = await Assert.ThrowsAsync<BackupException>(() => gamma.RestoreAsync(request with { Repository = null, Hosts = Beta }, hosts.Bench.Callbacks, default));
        Assert.Same(BackupError.PolicyNotFound, error.Error);
    }

    [Fact]
    public async Task A_listing_has_all_hosts_and_the_last_of_a_policy_is_this_hosts()
    {
        await using TwoHosts hosts = await TwoHosts.CreateAsync();
        Assert.Equal("alpha, beta", await hosts.ListAsync(hosts.Alpha, new SnapshotQuery { PolicyName = "p" }));
        foreach (BackupEngine engine in new[] { hosts.Alpha, hosts.Beta })
        {
            string name = engine == hosts.Alpha ? "alpha" : "beta";
            Assert.Equal(name, await hosts.ListAsync(engine, new SnapshotQuery { PolicyName = "p", Last = 1 }));
            Assert.Equal(name, await hosts.ListAsync(engine, new SnapshotQuery { PolicyName = "p", Last = 5 }));
            Assert.Equal(name, await hosts.ListAsync(engine, new SnapshotQuery { PolicyName = "p", Hosts = HostSelection.Own }));
            Assert.Equal("beta", await hosts.ListAsync(engine, new SnapshotQuery { PolicyName = "p", Hosts = Beta, Last = 1 }));
            Assert.Equal("beta", await hosts.ListAsync(engine, new SnapshotQuery { PolicyName = "p", Hosts = HostSelection.All, Last = 1 }));
            Assert.Equal("beta", await hosts.ListAsync(engine, new SnapshotQuery { Repository = hosts.Bench.Vault, Last = 1 }));
        }
    }

    [Fact]
    public async Task The_last_of_a_policy_is_nobodys_where_this_host_has_the_policy_alone_and_anybodys_where_it_has_nothing_of_it()
    {
        await using TwoHosts hosts = await TwoHosts.CreateAsync();
        BackupEngine gamma = hosts.Bench.CreateEngine("home-gamma", hostName: "gamma");
        var query = new SnapshotQuery { PolicyName = "p", Last = 1 };
        Assert.Same(BackupError.PolicyNotFound, (await Assert.ThrowsAsync<BackupException>(() => hosts.ListAsync(gamma, query))).Error);
        await gamma.ConnectRepositoryAsync("v", hosts.Bench.Vault, hosts.Bench.Secret, default);
        Assert.Equal("beta", await hosts.ListAsync(gamma, query));
        Assert.Equal("alpha, beta", await hosts.ListAsync(gamma, query with { Last = 0 }));
        Assert.Same(BackupError.PolicyNotFound, (await Assert.ThrowsAsync<BackupException>(() => hosts.ListAsync(gamma, query with { PolicyName = "none" }))).Error);
        await hosts.Bench.AddPolicyAsync("p", gamma);
        Assert.Equal("", await hosts.ListAsync(gamma, query));
        Assert.Equal("alpha, beta", await hosts.ListAsync(gamma, query with { Last = 0 }));
    }

    [Fact]
    public async Task The_retention_of_a_clone_leaves_the_originals_snapshots_alone()
    {
        await using TwoHosts hosts = await TwoHosts.CreateAsync();
        string clone = hosts.Bench["home-clone"];
        Directory.CreateDirectory(clone);
        foreach (string file in Directory.GetFiles(hosts.Bench["home-alpha"])) File.Copy(file, Path.Join(clone, Path.GetFileName(file)));
        BackupEngine cloned = hosts.Bench.CreateEngine("home-clone", hostName: "clone");

        // Before its first backup, it has none.
        Assert.Empty(await cloned.PlanRetentionAsync("p", null, measure: false, default));
        for (int i = 0; i < 3; i++) await hosts.Bench.RunPolicyAsync(engine: cloned);
        Assert.Contains("'alpha'", Assert.Single(hosts.Bench.Warnings, static w => w.Contains("cloned", StringComparison.Ordinal)), StringComparison.Ordinal);
        IReadOnlyList<RetentionDecision> decisions = await cloned.PlanRetentionAsync("p", null, measure: false, default);
        Assert.Equal(3, decisions.Count);
        Assert.All(decisions, static d => Assert.Equal("clone", d.HostName));
        Assert.Single(await hosts.Alpha.PlanRetentionAsync("p", null, measure: false, default));
    }

    private sealed class TwoHosts : IAsyncDisposable
    {
        public required TestBench Bench { get; init; }

        public required BackupEngine Alpha { get; init; }

        public required BackupEngine Beta { get; init; }

        public static async Task<TwoHosts> CreateAsync()
        {
            TestBench bench = await TestBench.CreateAsync();
            var hosts = new TwoHosts { Bench = bench, Alpha = bench.CreateEngine("home-alpha", hostName: "alpha"), Beta = bench.CreateEngine("home-beta", hostName: "beta") };
            foreach ((BackupEngine engine, string name) in new[] { (hosts.Alpha, "alpha"), (hosts.Beta, "beta") })
            {
                bench.Write("file", name);
                await bench.AddPolicyAsync("p", engine, keepLast: 1);
                await bench.RunPolicyAsync(engine: engine);
            }

            return hosts;
        }

        public async Task<string> ListAsync(BackupEngine engine, SnapshotQuery query)
        {
            List<string> names = [];
            await foreach (BackupSnapshot snapshot in engine.GetSnapshotsAsync(query, Bench.Callbacks, default)) names.Add(snapshot.HostName);
            return string.Join(", ", names);
        }

        public ValueTask DisposeAsync() => Bench.DisposeAsync();
    }
}
