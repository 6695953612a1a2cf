using System.Globalization;

namespace BackupPS.Soak;

/// <summary>The figures of the last line.</summary>
internal sealed class Tally
{
    public int Rounds { get; set; }

    public int Kills { get; set; }

    public int Stops { get; set; }

    public int FullDisks { get; set; }

    public int ReadOnlyTurns { get; set; }

    public int PowerCuts { get; set; }

    public int Restored { get; set; }

    public string ToLine(TimeSpan elapsed, int made, int freed, int defects, int seed, bool leftOut) => string.Create(
        CultureInfo.InvariantCulture,
        $"Soak: {elapsed.TotalMinutes:f1} min, {Rounds} rounds, {Kills} kills, {Stops} stops, {FullDisks} full disks, {ReadOnlyTurns} read-only turns, {PowerCuts} power cuts, {made} snapshots made, {Restored} restored, {freed} packs freed, {defects} defects, seed {seed}{(leftOut ? "; left out, since nothing can be mounted here: full disks, read-only turns, power cuts" : "")}");
}
