using BackupPS.Engine.Policies;
namespace BackupPS.Engine.Tests.Policies;

public sealed class PolicyValidatorTests
{
    private static readonly string Root = OperatingSystem.IsWindows() ? @"C:\" : "/";

    [Theory]
    [InlineData("web")]
    [InlineData("a")]
    [InlineData("Web 1.2_x-y")]
    [InlineData("größe")]
    [InlineData("-x")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234")]
    public void A_sound_policy_passes(string name) => PolicyValidator.Check(Policy(name: name));

    [Theory]
    [InlineData("")]
    [InlineData(" web")]
    [InlineData(".web")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a*")]
    [InlineData("a\nb")]
    [InlineData("a\0")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void A_bad_name_is_refused(string name) => Refused(Policy(name: name), BackupError.InvalidArgument, "PolicyName");

    [Fact]
    public void Sources_must_be_absolute()
    {
        Refused(Policy(source: []), BackupError.InvalidArgument, "Source");
        Refused(Policy(source: [Root, "etc"]), BackupError.InvalidArgument, "Source 'etc'");
        Refused(Policy(source: ["./x"]), BackupError.InvalidArgument, "Source");
        Refused(Policy(source: [""]), BackupError.InvalidArgument, "Source");
        Refused(Policy(source: [Root + "a\0b"]), BackupError.InvalidArgument, "Source");
        PolicyValidator.Check(Policy(source: [Root, Root + "a\udc80b"]));
    }

    [Fact]
    public void Durations_are_checked_by_field()
    {
        PolicyValidator.Check(Policy(fullEvery: "7d", within: "2y5m"));
        Refused(Policy(fullEvery: "7"), BackupError.InvalidDuration, "FullEvery is '7'");
        Refused(Policy(within: "soon"), BackupError.InvalidDuration, "KeepWithin is 'soon'");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(100_000, true)]
    [InlineData(-1, false)]
    [InlineData(100_001, false)]
    public void Counts_are_bounded(int count, bool sound)
    {
        (string Field, BackupPolicy Policy)[] cases =
        [
            ("KeepLast", new() { PolicyName = "p", Source = [Root], Repository = "r", RepositoryId = "", KeepLast = count }),
            ("KeepHourly", new() { PolicyName = "p", Source = [Root], Repository = "r", RepositoryId = "", KeepHourly = count }),
            ("KeepDaily", new() { PolicyName = "p", Source = [Root], Repository = "r", RepositoryId = "", KeepDaily = count }),
            ("KeepWeekly", new() { PolicyName = "p", Source = [Root], Repository = "r", RepositoryId = "", KeepWeekly = count }),
            ("KeepMonthly", new() { PolicyName = "p", Source = [Root], Repository = "r", RepositoryId = "", KeepMonthly = count }),
            ("KeepYearly", new() { PolicyName = "p", Source = [Root], Repository = "r", RepositoryId = "", KeepYearly = count }),
        ];
        foreach ((string field, BackupPolicy policy) in cases)
        {
            if (sound) PolicyValidator.Check(policy);
            else Refused(policy, BackupError.InvalidArgument, field + " is");
        }
    }

    [Fact]
    public void Zone_size_and_level_are_checked()
    {
        PolicyValidator.Check(Policy(zone: "Europe/Berlin", verify: "Data"));
        PolicyValidator.Check(Policy(zone: "W. Europe Standard Time", verify: "Structure"));
        Refused(Policy(zone: "Mars/Olympus"), BackupError.InvalidArgument, "TimeZone 'Mars/Olympus'");
        Refused(Policy(zone: "../etc/passwd"), BackupError.InvalidArgument, "TimeZone");
        Refused(Policy(verify: "Restore"), BackupError.InvalidArgument, "Verify is 'Restore'");
        Refused(Policy(largest: -1), BackupError.InvalidArgument, "ExcludeLargerThan");
    }

    [Fact]
    public void Rules_of_a_policy_are_read_from_it()
    {
        RetentionRules rules = RetentionRules.From(Policy(within: "7d", daily: 7));
        Assert.Equal(new RetentionRules { KeepDaily = 7, KeepWithin = Duration.Parse("7d") }, rules);
        Assert.True(RetentionRules.From(Policy()).IsEmpty);
        Assert.Same(BackupError.InvalidArgument, Assert.Throws<BackupException>(() => RetentionRules.From(Policy(daily: -1))).Error);
        Assert.Same(BackupError.InvalidDuration, Assert.Throws<BackupException>(() => RetentionRules.From(Policy(within: "7"))).Error);
    }

    private static void Refused(BackupPolicy policy, BackupError error, string named)
    {
        var thrown = Assert.Throws<BackupException>(() => PolicyValidator.Check(policy));
        Assert.Same(error, thrown.Error);
        Assert.Contains(named, thrown.Message, StringComparison.Ordinal);
    }

    private static BackupPolicy Policy(string name = "web", string[]? source = null, string fullEvery = "", string within = "", string zone = "", string verify = "None", long largest = 0, int daily = 0) => new()
    {
        PolicyName = name,
        Source = source ?? [Root],
        Repository = "vault",
        RepositoryId = "",
        FullEvery = fullEvery,
        KeepWithin = within,
        KeepDaily = daily,
        TimeZone = zone,
        Verify = verify,
        ExcludeLargerThan = largest,
    };
}
