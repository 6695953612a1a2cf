using BackupPS.Engine.Storage;

namespace BackupPS.Engine.Tests.Operations.Verify;

/// <summary>Damage to any byte or object is found and named, and restore never writes wrong bytes.</summary>
public sealed class DamageTests
{
    private const int Seed = 20261120;

    [Theory]
    [InlineData("Brotli")]
    [InlineData("None")]
    public async Task Every_flipped_byte_of_every_object_is_found_and_named_and_restores_nothing_wrong(string compression)
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync(compression);
        Assert.Equal("Passed", (await damaged.VerifyAsync(damaged.Image.ToStore())).Report!.Status);
        Assert.Equal(["index", "keys", "notes", "packs", "removed", "repository.json", "retired", "sessions", "snapshots"], damaged.Image.Objects.Keys.Select(static n => n.Split('/')[0]).Distinct());

        var random = new Random(Seed);
        int step = compression == "Brotli" ? 1 : 5;
        List<(string Name, int Offset, byte Mask)> flips = [.. damaged.Image.Objects.SelectMany(o => Enumerable.Range(0, o.Value.Length).Where(i => i % step == 0).Select(i => (o.Key, i, (byte)random.Next(1, 256))))];

        // The byte that says which type an object is, as every other type.
        foreach (string name in damaged.Image.Names("snapshots/")) flips.AddRange(Enumerable.Range(1, 15).Select(mask => (name, 5, (byte)mask)));
        await Parallel.ForEachAsync(flips, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (flip, _) =>
        {
            MemoryObjectStore store = damaged.Image.ToStore(o =>
            {
                byte[] changed = [.. o[flip.Name]];
                changed[flip.Offset] ^= flip.Mask;
                o[flip.Name] = changed;
            });
            await AssertFoundAsync(damaged, store, flip.Name, $"{flip.Name}[{flip.Offset}] ^ {flip.Mask:x2} (seed {Seed})");
        });
    }

    [Fact]
    public async Task An_object_that_is_cut_short_emptied_or_longer_is_found_and_named()
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync("Brotli");
        foreach ((string name, byte[] content) in damaged.Image.Objects)
        {
            byte[][] wrongs = [[], content[..1], content[..(content.Length / 2)], content[..^1], [.. content, 0], [.. content, .. content], new byte[content.Length]];
            foreach (byte[] wrong in wrongs)
            {
                await AssertFoundAsync(damaged, damaged.Image.ToStore(o => o[name] = wrong), name, $"{name} with {wrong.Length} bytes");
            }
        }
    }

    [Fact]
    public async Task An_object_that_is_missing_is_found_where_something_needs_it()
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync("Brotli");
        foreach (string name in damaged.Image.Objects.Keys)
        {
            // A session that has ended is gone, and a note is what nobody else knows of; the index of nothing is nothing.
            if (name.StartsWith("sessions/", StringComparison.Ordinal) || name.StartsWith("notes/", StringComparison.Ordinal) || name.StartsWith("retired/", StringComparison.Ordinal)) continue;
            MemoryObjectStore store = damaged.Image.ToStore(o => o.Remove(name));
            if (name == damaged.Image.Names("snapshots/").Single(n => n.EndsWith(damaged.Snapshots.Keys.Last(), StringComparison.Ordinal))) continue;
            (IntegrityReport? report, BackupException? error) = await damaged.VerifyAsync(store);
            Assert.True(error is not null || report!.Status == "Failed", $"'{name}' is missing, and nobody says so.");
            if (name.StartsWith("packs/", StringComparison.Ordinal) || name.StartsWith("snapshots/", StringComparison.Ordinal)) Assert.Contains(name, report!.DamagedObject);
            foreach (string id in damaged.Snapshots.Keys)
            {
                bool whole = await damaged.RestoreAsync(store, id);

                // What only the index said can be read from the packs.
                if (name.StartsWith("index/", StringComparison.Ordinal)) Assert.True(whole);
                Assert.True(whole || error is not null || report!.AffectedSnapshot.Contains(id) || name.EndsWith(id, StringComparison.Ordinal), $"'{name}' is missing: {id} is hurt, and not named.");
            }
        }
    }

    [Fact]
    public async Task Objects_whose_contents_are_exchanged_are_found_and_named()
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync("Brotli");
        foreach (string folder in new[] { "packs/", "index/", "snapshots/", "" })
        {
            string[] names = damaged.Image.Names(folder);
            for (int i = 1; i < names.Length; i++)
            {
                (string a, string b) = (names[i - 1], names[i]);
                MemoryObjectStore store = damaged.Image.ToStore(o => (o[a], o[b]) = (o[b], o[a]));
                await AssertFoundAsync(damaged, store, a, $"{a} exchanged with {b}", b);
                await AssertFoundAsync(damaged, store, b, $"{b} exchanged with {a}", a);
            }
        }
    }

    [Fact]
    public async Task A_copy_under_another_name_is_found_and_hurts_nothing()
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync("Brotli");
        foreach (string name in damaged.Image.Objects.Keys.Where(static n => n.Contains('/', StringComparison.Ordinal)))
        {
            // A key is a key under any name.
            if (name.StartsWith("keys/", StringComparison.Ordinal)) continue;
            string copy = name.StartsWith("packs/00/", StringComparison.Ordinal) ? "packs/ff/ff" + name["packs/ff/ff".Length..]
                : name.StartsWith("packs/", StringComparison.Ordinal) ? "packs/00/00" + name["packs/00/00".Length..]
                : name.EndsWith(".swept", StringComparison.Ordinal) ? $"retired/{new string('0', 32)}.swept"
                : name.StartsWith("notes/", StringComparison.Ordinal) ? name[..^1] + "7"
                : name[..(name.IndexOf('/', StringComparison.Ordinal) + 1)] + new string('0', 32);
            MemoryObjectStore store = damaged.Image.ToStore(o => o[copy] = o[name]);
            (IntegrityReport? report, _) = await damaged.VerifyAsync(store);
            Assert.Equal("Failed", report!.Status);
            Assert.Equal([copy], report.DamagedObject);
            foreach (string id in damaged.Snapshots.Keys) Assert.True(await damaged.RestoreAsync(store, id), $"{id} with a copy of {name}");
        }
    }

    [Fact]
    public async Task A_pack_in_the_wrong_folder_is_missing()
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync("Brotli");
        foreach (string name in damaged.Image.Names("packs/"))
        {
            string moved = $"packs/{(name.StartsWith("packs/00", StringComparison.Ordinal) ? "01" : "00")}/{name.Split('/')[2]}";
            MemoryObjectStore store = damaged.Image.ToStore(o =>
            {
                o[moved] = o[name];
                o.Remove(name);
            });
            foreach (string level in new[] { "Structure", "Data" })
            {
                (IntegrityReport? report, _) = await damaged.VerifyAsync(store, level);
                Assert.Equal("Failed", report!.Status);
                Assert.Contains(name, report.DamagedObject);
                Assert.NotEmpty(report.AffectedSnapshot);
            }
        }
    }

    [Fact]
    public async Task Foreign_files_in_the_store_hinder_nobody()
    {
        await using DamagedRepository damaged = await DamagedRepository.CreateAsync("Brotli");
        string index = damaged.Image.Names("index/")[0];
        foreach (bool damagedIndex in new[] { false, true })
        {
            MemoryObjectStore store = damaged.Image.ToStore(o =>
            {
                foreach (string foreign in new[] { "packs/a", "packs/00/readme.txt", "packs/00/x", "unknown/thing", "readme.txt" }) o[foreign] = "hello"u8.ToArray();
                if (damagedIndex) o[index] = [1, 2, 3];
            });
            foreach (string id in damaged.Snapshots.Keys) Assert.True(await damaged.RestoreAsync(store, id));
            (IntegrityReport? report, BackupException? error) = await damaged.VerifyAsync(store);
            Assert.Null(error);
            if (!damagedIndex) Assert.Empty(report!.AffectedSnapshot);
        }
    }

    // Found, named, the snapshots that it hurts named too, and nothing wrong restored.
    private static async Task AssertFoundAsync(DamagedRepository damaged, MemoryObjectStore store, string name, string what, string other = "")
    {
        (IntegrityReport? report, BackupException? error) = await damaged.VerifyAsync(store);
        if (report is not null)
        {
            Assert.True(report.Status == "Failed", $"Not found: {what}");
            Assert.True(report.DamagedObject.Contains(name), $"Not named: {what}; but {string.Join(", ", report.DamagedObject)}");
        }
        else
        {
            Assert.True(error!.Target == name || error.Target == other, $"Not named: {what}; but {error.Error.Id}: {error.Message}");
        }

        foreach (string id in damaged.Snapshots.Keys)
        {
            bool whole = await damaged.RestoreAsync(store, id);
            Assert.True(whole || report is null || report.AffectedSnapshot.Contains(id), $"{id} is hurt, and not named: {what}");
        }
    }
}
