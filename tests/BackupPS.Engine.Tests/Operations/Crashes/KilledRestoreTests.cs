using BackupPS.Engine.Platform;
using BackupPS.Engine.Tests.Storage;
using Xunit.Abstractions;

namespace BackupPS.Engine.Tests.Operations.Crashes;

/// <summary>A restore that is killed, or fails, at every call that changes the destination.</summary>
public sealed class KilledRestoreTests(ITestOutputHelper output)
{
    [TreeTheory]
    [InlineData("Never", false, "killed")]
    [InlineData("Never", false, "damaged")]
    [InlineData("Always", true, "killed")]
    [InlineData("Always", true, "damaged")]
    [InlineData("IfChanged", true, "killed")]
    public async Task Each_file_is_old_or_new_or_marked_and_the_next_restore_completes(string overwrite, bool filled, string how)
    {
        await using TestBench bench = await TestBench.CreateAsync(clock: new HurriedClock(100));
        bench.Write("a", "a as it was saved");
        bench.Write("folder/b", new string('b', 300_000));
        bench.Write("folder/below/c", "c as it was saved");
        bench.Write("folder/empty", "");
        File.CreateSymbolicLink(Path.Join(bench.Source, "folder/link"), "b");
        if (!OperatingSystem.IsWindows()) await Shell.RunAsync("ln a folder/second; chmod 640 folder/b; chmod 2750 folder/below", bench.Source);
        SortedDictionary<string, string> saved = FolderContent.Of(bench.Source);
        string id = (await bench.BackupAsync()).SnapshotId;
        var before = new SortedDictionary<string, string>(StringComparer.Ordinal);
        int points = 0;
        while (true)
        {
            string to = $"out-{++points}", there = bench.Restored(to);
            if (filled)
            {
                Directory.CreateDirectory(Path.Join(there, "folder/below"));
                foreach (string name in saved.Keys.Where(static n => n[^1] != '/')) await File.WriteAllTextAsync(Path.Join(there, name), $"{name} as it was before");
                before = FolderContent.Of(there);
            }

            int calls = 0;
            string what = "";
            bench.Hooks.Changing = call =>
            {
                int number = Interlocked.Increment(ref calls);
                if (number == points) what = $"{how} at change {number}: {call}";
                if (number == points && how == "damaged") throw FileSystemHooks.Fail(PlatformFailure.Damaged);
                if (number >= points && how == "killed") throw new PlatformException(PlatformFailure.Other, "Injected: the process is dead.");
            };
            string? status = null;
            try
            {
                status = (await bench.RestoreAsync(id, to, r => r with { Overwrite = overwrite })).Status;
            }
            catch (BackupException)
            {
                // It says so, and that is right.
            }

            bench.Hooks.Changing = null;
            if (calls < points)
            {
                Assert.Equal("Complete", status);
                break;
            }

            SortedDictionary<string, string> left = FolderContent.Of(there, static f => !IsTemporary(f) && !IsUnfinished(f));
            foreach ((string name, string content) in left.Where(static c => c.Key[^1] != '/')) Assert.True(content == saved[name] || content == before.GetValueOrDefault(name), $"{name} is neither old nor new: {what}");
            foreach (string name in before.Keys) Assert.True(left.ContainsKey(name), $"{name}, which was there, is gone: {what}");
            if (how == "damaged" && Directory.Exists(there)) Assert.DoesNotContain(Directory.GetFiles(there, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }), IsTemporary);

            foreach (string temporary in Directory.Exists(there) ? Directory.GetFiles(there, TemporaryName.Prefix + "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }) : []) File.Delete(temporary);
            RestoreResult next = await bench.RestoreAsync(id, to, r => r with { Overwrite = overwrite, Verify = true });

            // What is there stays as it is under Never, also where its time failed before, or where it is to be another name of what comes now: it is named.
            bool named = overwrite == "Never" && next.FaultCount == 0 && next.Different.Length > 0;
            Assert.True(next.Status == "Complete" || named, $"{what}: {next.Status} {string.Join("; ", next.Different.Concat(next.Faults))}");
            Assert.True(FolderContent.Text(saved) == FolderContent.Text(FolderContent.Of(there)), what);

            // What was whole already is left alone by other rules, so that it may have no second name and its folder another time.
            if (overwrite == "Always" && points % 4 == 1) await TreeListing.AssertSameAsync(bench.Source, there);
            else Assert.DoesNotContain(Directory.GetFiles(there, "*", SearchOption.AllDirectories), IsUnfinished);
            Directory.Delete(bench[to], recursive: true);
        }

        Assert.InRange(points, 10, 500);
        output.WriteLine($"restore, {overwrite}, {how}: {points - 1} crash points");
    }

    private static bool IsTemporary(string path) => Path.GetFileName(path).StartsWith(TemporaryName.Prefix, StringComparison.Ordinal);

    private static bool IsUnfinished(string path) => !OperatingSystem.IsWindows() && File.ResolveLinkTarget(path, returnFinalTarget: false) is null && File.GetUnixFileMode(path) == (UnixFileMode.StickyBit | UnixFileMode.UserWrite);
}
