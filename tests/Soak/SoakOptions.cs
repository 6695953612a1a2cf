using System.Globalization;

namespace BackupPS.Soak;

/// <summary>What a soak is told to do.</summary>
/// <param name="Duration">How long new rounds begin.</param>
/// <param name="Seed">What decides everything but the kernel's scheduling.</param>
/// <param name="Work">The folder in which it works; made, and removed unless there was a defect.</param>
internal sealed record SoakOptions(TimeSpan Duration, int Seed, string Work)
{
    /// <summary>A short soak goes through each kind of trouble once, in rounds of a second or two.</summary>
    public bool IsShort => Duration < TimeSpan.FromMinutes(1);

    /// <exception cref="ArgumentException">An option is unknown, or has no value.</exception>
    public static SoakOptions Parse(string[] arguments)
    {
        double minutes = 5;
        int seed = Environment.TickCount & 0xFFFFFF;

        // Memory, where there is such a folder: what is tested is the order of calls, and no disk.
        string work = Path.Join(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"backupps-soak-{Environment.ProcessId}");
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : throw new ArgumentException($"{arguments[i]} needs a value.");
            switch (arguments[i])
            {
                case "--minutes":
                    minutes = double.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--seed":
                    seed = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--work":
                    work = Path.GetFullPath(value);
                    break;
                default:
                    throw new ArgumentException($"'{arguments[i]}' is no option; they are --minutes, --seed and --work.");
            }
        }

        return new SoakOptions(TimeSpan.FromMinutes(minutes), seed, work);
    }
}
