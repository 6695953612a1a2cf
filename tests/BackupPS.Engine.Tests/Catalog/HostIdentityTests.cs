using BackupPS.Engine.Catalog;
namespace BackupPS.Engine.Tests.Catalog;

public sealed class HostIdentityTests
{
    [Fact]
    public void The_id_is_drawn_once_and_outlives_the_catalog()
    {
        using var folder = new TemporaryFolder();
        string id = HostIdentity.GetOrCreate(folder.Home);
        Assert.Matches("^[0-9a-f]{32}$", id);
        var catalog = new CatalogDatabase(folder.Home, TimeProvider.System);
        catalog.Repositories.Add("vault", "r", "/srv/vault");
        File.Delete(catalog.DatabasePath);
        Assert.Equal(id, HostIdentity.GetOrCreate(folder.Home));
        using var elsewhere = new TemporaryFolder();
        Assert.NotEqual(id, HostIdentity.GetOrCreate(elsewhere.Home));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder.Home, "host-id")));
    }

    [Fact]
    public void Many_that_ask_first_get_the_same()
    {
        for (int round = 0; round < 20; round++)
        {
            using var folder = new TemporaryFolder();
            var ids = new string[8];
            Parallel.For(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = ids.Length }, i => ids[i] = HostIdentity.GetOrCreate(folder.Home));
            Assert.Single(ids.Distinct());
            Assert.Equal(["host-id", "host-machine"], Directory.GetFiles(folder.Home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void What_a_killed_process_has_begun_to_make_is_cleared_away()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Home);
        foreach (string left in new[] { "host-id.0123.new", "catalog.db.0123.new" }) File.WriteAllText(Path.Combine(folder.Home, left), "half");
        HostIdentity.GetOrCreate(folder.Home);
        new CatalogDatabase(folder.Home, TimeProvider.System).Repositories.Add("vault", "r", "/srv/vault");
        Assert.Equal(["catalog.db", "host-id", "host-machine"], Directory.GetFiles(folder.Home).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    public static TheoryData<string, string, string, bool> Machines()
    {
        var all = new TheoryData<string, string, string, bool>();
        string[] machineIds = ["m1", "m2", ""], names = ["alpha", "ALPHA", "beta"], hardware = ["h1", "h2", ""];
        foreach (string machineId in machineIds)
        {
            foreach (string name in names)
            {
                foreach (string id in hardware)
                {
                    all.Add(machineId, name, id, false);
                    all.Add(machineId, name, id, true);
                }
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_clone_has_an_id_of_its_own_and_says_so_once_and_a_machine_that_was_renamed_keeps_its_own(string machineId, string name, string hardware, bool copied)
    {
        using var folder = new TemporaryFolder();
        string former = HostIdentity.GetOrCreate(folder.Home, machine: new MachineFacts("alpha", "m1", "h1"));
        string home = folder.Home;
        using var other = new TemporaryFolder();
        if (copied)
        {
            home = other.Home;
            Directory.CreateDirectory(home);
            foreach (string file in new[] { "host-id", "host-machine" })
            {
                File.Copy(Path.Combine(folder.Home, file), Path.Combine(home, file));
                File.SetLastWriteTimeUtc(Path.Combine(home, file), File.GetLastWriteTimeUtc(Path.Combine(folder.Home, file)));
            }
        }

        // The same installation on the same hardware, under its name; or under another, if the file is not another.
        bool keeps = machineId != "m2" && hardware != "h2" && (name != "beta" || !copied);
        var machine = new MachineFacts(name, machineId, hardware);
        string before = File.ReadAllText(Path.Combine(home, "host-machine"));
        Assert.Equal(keeps ? former : null, HostIdentity.Find(home, machine));
        Assert.Equal(before, File.ReadAllText(Path.Combine(home, "host-machine")));

        List<string> warnings = [];
        string id = HostIdentity.GetOrCreate(home, warnings.Add, machine);
        Assert.Equal(keeps, id == former);
        Assert.Equal(keeps ? 0 : 1, warnings.Count);
        foreach (string warning in warnings)
        {
            Assert.Contains(former, warning, StringComparison.Ordinal);
            Assert.Contains(id, warning, StringComparison.Ordinal);
        }

        Assert.Equal(id, HostIdentity.GetOrCreate(home, warnings.Add, machine));
        Assert.Equal(id, HostIdentity.Find(home, machine));
        Assert.Equal(keeps ? 0 : 1, warnings.Count);
        if (copied) Assert.Equal(former, HostIdentity.Find(folder.Home, new MachineFacts("alpha", "m1", "h1")));
        if (keeps) return;

        // It goes on as the former, if its user says so.
        File.WriteAllText(Path.Combine(home, "host-id"), former + "\n");
        Assert.Equal(former, HostIdentity.GetOrCreate(home, warnings.Add, machine));
        Assert.Equal(former, HostIdentity.Find(home, machine));
        Assert.Single(warnings);
    }

    [Fact]
    public void An_id_alone_or_beside_a_damaged_binding_is_taken_over()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Home);
        string id = new('a', 32);
        File.WriteAllText(Path.Combine(folder.Home, "host-id"), id);
        Assert.Equal(id, HostIdentity.Find(folder.Home));
        Assert.Equal(id, HostIdentity.GetOrCreate(folder.Home, Assert.Fail));
        foreach (string damage in new[] { "", "{", "{}", "[1]" })
        {
            File.WriteAllText(Path.Combine(folder.Home, "host-machine"), damage);
            Assert.Equal(id, HostIdentity.GetOrCreate(folder.Home, Assert.Fail));
        }

        Assert.Contains(id, File.ReadAllText(Path.Combine(folder.Home, "host-machine")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_machine_tells_its_name_and_on_these_systems_an_id()
    {
        MachineFacts machine = MachineFacts.Read();
        Assert.Equal(Environment.MachineName, machine.HostName);
        Assert.Equal(machine, MachineFacts.Read());
        if (OperatingSystem.IsLinux() && File.Exists("/etc/machine-id") && new FileInfo("/etc/machine-id").Length > 0)
        {
            Assert.Matches("^[0-9a-f]{32}$", machine.MachineId);
            Assert.NotEqual(File.ReadAllText("/etc/machine-id").Trim(), machine.MachineId);
        }
    }

    [Fact]
    public void A_file_that_holds_something_else_is_an_error_and_stays()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.Home);
        File.WriteAllText(Path.Combine(folder.Home, "host-id"), "");
        Assert.Same(BackupError.CatalogUnusable, Assert.Throws<BackupException>(() => HostIdentity.GetOrCreate(folder.Home)).Error);
        Assert.Equal("", File.ReadAllText(Path.Combine(folder.Home, "host-id")));
    }
}
