namespace BackupPS.Engine.Tests.Operations.Optimize;

/// <summary>Absence is not permission: whatever is lost, nothing that deletes takes it for gone; brought back, or given up by name, all goes on.</summary>
public sealed class DeletionTests
{
    public static TheoryData<string, string> LossesByCommand
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string loss in (string[])["middle", "middle elsewhere", "head", "ad hoc", "damaged snapshot", "truncated snapshot", "lost removal", "damaged removal", "folder in a snapshot's place", "link in a snapshot's place", "snapshots"])
            {
                foreach (string command in (string[])["Optimize", "PlanOptimize", "Remove", "PlanRetention"]) all.Add(loss, command);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(LossesByCommand))]
    public async Task What_is_lost_is_not_taken_for_gone(string loss, string command)
    {
        if (OperatingSystem.IsWindows() && loss.StartsWith("link", StringComparison.Ordinal)) return;
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync(keepLast: 1);
        string[] ids = new string[4];
        for (int i = 0; i < ids.Length; i++)
        {
            await File.WriteAllBytesAsync(bench.Source + "/f", SplitMix.Bytes((ulong)i, 100_000));
            ids[i] = (await bench.RunPolicyAsync("Full")).SnapshotId;
        }

        await File.WriteAllBytesAsync(bench.Source + "/f", SplitMix.Bytes(9, 100_000));
        string adHoc = (await bench.BackupAsync()).SnapshotId;
        await bench.Engine.RemoveSnapshotAsync("vault", ids[0], null, default);

        // What only another host has made and nobody here has seen.
        BackupEngine engine = loss.EndsWith("elsewhere", StringComparison.Ordinal) && command is "Optimize" or "PlanOptimize" ? bench.CreateEngine("other") : bench.Engine;
        (string lost, string? abandoned) = loss switch
        {
            "middle" or "middle elsewhere" => ("snapshots/" + ids[2], ids[2]),
            "head" => ("snapshots/" + ids[3], ids[3]),
            "ad hoc" => ("snapshots/" + adHoc, adHoc),
            "lost removal" => ("removed/" + ids[0], ids[0]),
            "damaged removal" => ("removed/" + ids[0], ids[0]),
            "snapshots" => ("snapshots", null),
            "damaged snapshot" or "truncated snapshot" => ("snapshots/" + ids[2], ids[2]),
            _ => ("snapshots/" + ids[2], null),
        };
        string path = Path.Join(bench.Vault, lost), kept = bench["kept"];
        if (lost == "snapshots") Directory.Move(path, kept);
        else File.Move(path, kept);
        if (loss.StartsWith("damaged", StringComparison.Ordinal))
        {
            byte[] bytes = await File.ReadAllBytesAsync(kept);
            bytes[60] ^= 1;
            await File.WriteAllBytesAsync(path, bytes);
        }
        else if (loss.StartsWith("truncated", StringComparison.Ordinal))
        {
            await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(kept))[..30]);
        }
        else if (loss.StartsWith("folder", StringComparison.Ordinal))
        {
            Directory.CreateDirectory(path);
        }
        else if (loss.StartsWith("link", StringComparison.Ordinal))
        {
            File.CreateSymbolicLink(path, kept);
        }

        string before = State(bench);
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => RunAsync([]));
        Assert.Equal("DeletionUnsafe", e.Error.Id);
        Assert.Contains(abandoned ?? (lost == "snapshots" ? ids[3] : ids[2]), e.Message, StringComparison.Ordinal);
        Assert.Equal(before, State(bench));

        // Given up by name, the others are as they were.
        if (abandoned is not null && command is "Optimize" or "Remove")
        {
            await RunAsync([abandoned]);
            Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
            await RunAsync([], again: true);
            foreach (string id in ids[1..].Append(adHoc).Where(id => id != abandoned && (command != "Remove" || id != ids[1])))
            {
                Assert.Equal("Complete", (await bench.RestoreAsync(id, "out-" + id, static r => r with { Verify = true })).Status);
            }

            return;
        }

        if (abandoned is not null) await RunAsync([abandoned]);
        if (File.Exists(path)) File.Delete(path);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        if (lost == "snapshots") Directory.Move(kept, path);
        else File.Move(kept, path);
        await RunAsync([]);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        Assert.Equal("Complete", (await bench.RestoreAsync(ids[2], "out", static r => r with { Verify = true })).Status);

        async Task RunAsync(string[] abandon, bool again = false)
        {
            var request = new OptimizeRequest { Repository = bench.Vault, Abandon = abandon, MaxUnusedPercent = 0 };
            switch (command)
            {
                case "Optimize":
                    await engine.OptimizeAsync(request, bench.Callbacks, default);
                    break;
                case "PlanOptimize":
                    await engine.PlanOptimizeAsync(request, bench.Callbacks, default);
                    break;
                case "Remove" when !again:
                    await engine.RemoveSnapshotAsync("vault", ids[1], null, abandon, default);
                    break;
                case "PlanRetention":
                    await engine.PlanRetentionAsync("p", null, measure: false, abandon, default);
                    break;
            }
        }
    }

    [Fact]
    public async Task Packs_without_any_history_are_not_garbage()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        await bench.BackupAsync();
        Directory.Move(bench.Vault + "/snapshots", bench["kept"]);
        BackupEngine other = bench.CreateEngine("other");
        var request = new OptimizeRequest { Repository = bench.Vault };
        BackupException e = await Assert.ThrowsAsync<BackupException>(() => other.OptimizeAsync(request, bench.Callbacks, default));
        Assert.Equal("DeletionUnsafe", e.Error.Id);
        string id = (await bench.Engine.GetRepositoryAsync("vault", default)).RepositoryId;
        Assert.Contains(id, e.Message, StringComparison.Ordinal);

        // Named, all that it may have had is given up.
        MaintenanceResult result = await other.OptimizeAsync(request with { Abandon = [id] }, bench.Callbacks, default);
        Assert.Equal(2, result.PacksRemoved);
    }

    [Theory]
    [InlineData("flip")]
    [InlineData("cut")]
    [InlineData("lost")]
    public async Task An_index_that_is_not_whole_is_made_anew_from_the_packs(string damage)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        var ids = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            await File.WriteAllBytesAsync(bench.Source + "/f", SplitMix.Bytes((ulong)i, 100_000));
            ids.Add((await bench.BackupAsync("Full")).SnapshotId);
        }

        await bench.Engine.RemoveSnapshotAsync("vault", ids[0], null, default);
        foreach (string file in Directory.GetFiles(bench.Vault + "/index").Take(2))
        {
            byte[] bytes = await File.ReadAllBytesAsync(file);
            bytes[60] ^= 1;
            if (damage == "lost") File.Delete(file);
            else await File.WriteAllBytesAsync(file, damage == "cut" ? bytes[..50] : bytes);
        }

        // Of another host, which has not read it before.
        BackupEngine other = bench.CreateEngine("other");
        MaintenanceResult result = await other.OptimizeAsync(new OptimizeRequest { Repository = bench.Vault, MaxUnusedPercent = 0 }, bench.Callbacks, default);
        Assert.Equal("Complete", result.Status);
        Assert.InRange(result.BytesRemoved, 100_000, 150_000);
        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
        foreach (string id in ids[1..]) Assert.Equal("Complete", (await bench.RestoreAsync(id, "out-" + id, static r => r with { Verify = true })).Status);
    }

    [Fact]
    public async Task An_empty_repository_is_optimized()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        Assert.Equal("Complete", (await bench.Engine.OptimizeAsync(new OptimizeRequest { Repository = bench.Vault }, bench.Callbacks, default)).Status);
    }

    [Fact]
    public async Task What_is_there_is_not_given_up_and_a_name_that_is_none_is_an_error()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        string id = (await bench.BackupAsync()).SnapshotId;
        foreach (string name in new[] { id, id[..8], "" })
        {
            var request = new OptimizeRequest { Repository = bench.Vault, Abandon = [name] };
            Assert.Equal("InvalidArgument", (await Assert.ThrowsAsync<BackupException>(() => bench.Engine.OptimizeAsync(request, bench.Callbacks, default))).Error.Id);
            Assert.Equal("InvalidArgument", (await Assert.ThrowsAsync<BackupException>(() => bench.Engine.PlanOptimizeAsync(request, bench.Callbacks, default))).Error.Id);
        }

        Assert.Equal("Passed", (await bench.VerifyAsync()).Status);
    }

    // Each note is put twice; of both, this host remembers that there were some.
    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    public async Task A_lost_or_damaged_note_drops_no_hold(int number, bool damaged)
    {
        await using TestBench bench = await TestBench.CreateAsync();
        bench.Write("f", "x");
        string id = (await bench.BackupAsync()).SnapshotId;
        await bench.Engine.UpdateSnapshotAsync("vault", id, null, hold: true, null, default);
        string note = $"{bench.Vault}/notes/{id}.0000000{number}";
        if (damaged) await File.WriteAllBytesAsync(note, [1, 2, 3]);
        else File.Delete(note);
        BackupEngine other = bench.CreateEngine("other");
        foreach (BackupEngine engine in new[] { bench.Engine, other })
        {
            Assert.True(Assert.Single(await bench.ListSnapshotsAsync(engine)).Hold);
            Assert.Equal("SnapshotHeld", (await Assert.ThrowsAsync<BackupException>(() => engine.RemoveSnapshotAsync(bench.Vault, id, null, default))).Error.Id);
        }

        await other.UpdateSnapshotAsync(bench.Vault, id, null, hold: false, null, default);
        await bench.Engine.RemoveSnapshotAsync("vault", id, null, default);
        Assert.Empty(Directory.GetFiles(bench.Vault + "/notes"));
    }

    [Fact]
    public async Task A_hold_stays_when_all_notes_are_lost_that_this_host_has_seen()
    {
        await using TestBench bench = await TestBench.CreateAsync();
        await bench.AddPolicyAsync(keepLast: 1);
        bench.Write("f", "x");
        string id = (await bench.RunPolicyAsync()).SnapshotId;
        await bench.RunPolicyAsync();
        await bench.Engine.UpdateSnapshotAsync("vault", id, null, hold: true, null, default);
        foreach (string note in Directory.GetFiles(bench.Vault + "/notes")) File.Delete(note);
        Assert.DoesNotContain(await bench.Engine.PlanRetentionAsync("p", null, measure: false, default), static d => d.Action == "Remove");
        Assert.Equal("SnapshotHeld", (await Assert.ThrowsAsync<BackupException>(() => bench.Engine.RemoveSnapshotAsync("vault", id, null, default))).Error.Id);

        // Said anew, it is as it says.
        await bench.Engine.UpdateSnapshotAsync("vault", id, null, hold: false, null, default);
        Assert.Equal(id, Assert.Single(await bench.Engine.PlanRetentionAsync("p", null, measure: false, default), static d => d.Action == "Remove").SnapshotId);
    }

    private static string State(TestBench bench) => string.Join('\n', new DirectoryInfo(bench.Vault).EnumerateFiles("*", SearchOption.AllDirectories).Select(static f => $"{f.FullName} {(f.LinkTarget is null ? f.Length : 0)}").Order(StringComparer.Ordinal));
}
