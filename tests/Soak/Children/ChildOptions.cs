using System.Globalization;

namespace BackupPS.Soak.Children;

/// <summary>What a child is told.</summary>
/// <param name="Site">Where everything is.</param>
/// <param name="Name">Its own name, after which its home, source and policy are called.</param>
/// <param name="Seed">Of its random numbers.</param>
/// <param name="ClockAhead">How wrong its clock is.</param>
/// <param name="Count">After how many operations it ends; 0: when it is told to.</param>
internal sealed record ChildOptions(Site Site, string Name, int Seed, TimeSpan ClockAhead, int Count)
{
    public static ChildOptions Parse(string[] arguments) => new(
        new Site(arguments[0], arguments[1]),
        arguments[2],
        int.Parse(arguments[3], CultureInfo.InvariantCulture),
        TimeSpan.FromDays(int.Parse(arguments[4], CultureInfo.InvariantCulture)),
        int.Parse(arguments[5], CultureInfo.InvariantCulture));

    public string[] ToArguments() =>
    [
        Site.Folder,
        Site.Disk,
        Name,
        Seed.ToString(CultureInfo.InvariantCulture),
        ((int)ClockAhead.TotalDays).ToString(CultureInfo.InvariantCulture),
        Count.ToString(CultureInfo.InvariantCulture),
    ];
}
