using BackupPS.Benchmarks.Reporting;

namespace BackupPS.Engine.Tests.Benchmarks;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(new[] { 3.0, 1, 2 }, 2, 1, 3)]
    [InlineData(new[] { 4.0, 1, 3, 2 }, 2.5, 1, 4)]
    [InlineData(new[] { 7.0 }, 7, 7, 7)]
    [InlineData(new[] { 1.0, 1, 1, 1, 100 }, 1, 1, 100)]
    public void The_median_is_the_middle_of_the_sorted_values(double[] values, double median, double minimum, double maximum) =>
        Assert.Equal(new Statistics(median, minimum, maximum), Statistics.Of(values));

    [Fact]
    public void There_is_no_median_of_nothing() => Assert.Throws<ArgumentException>(() => Statistics.Of([]));
}
