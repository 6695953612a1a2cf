// Two processes back changing trees up into one repository while a third removes snapshots and frees their space, and a fourth restores. They are killed
// and stopped at random moments, their disk fills up, turns read-only or loses its power, and their clocks are a year off. After each round every committed
// snapshot must restore to what its tree was, everything must verify, the next backup must succeed, and then all garbage must go.
//
//     dotnet run -c Release --project tests/Soak -- --minutes 5 [--seed 1] [--work /some/folder]
//
// Linux. Disks that fill up, turn read-only and lose their power need root and loop devices; without them they are left out, which the last line tells.
// The last line has the figures; the exit code is 1 where there was a defect, whose work folder is kept.
using BackupPS;
using BackupPS.Engine;
using BackupPS.Soak;
using BackupPS.Soak.Children;

try
{
    switch (args)
    {
        case [WriterChild.Task, .. string[] rest]:
            return await new WriterChild(ChildOptions.Parse(rest)).RunAsync();
        case [RemoverChild.Task, .. string[] rest]:
            return await new RemoverChild(ChildOptions.Parse(rest)).RunAsync();
        case [ReaderChild.Task, .. string[] rest]:
            return await new ReaderChild(ChildOptions.Parse(rest)).RunAsync();
        default:
            return await SoakRun.RunAsync(SoakOptions.Parse(args));
    }
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
