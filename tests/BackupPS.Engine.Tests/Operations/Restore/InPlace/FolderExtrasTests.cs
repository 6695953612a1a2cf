using BackupPS.Engine.Operations.Restore.InPlace;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Tests.Platform;

namespace BackupPS.Engine.Tests.Operations.Restore.InPlace;

public sealed class FolderExtrasTests
{
    [Fact]
    public void What_the_snapshot_does_not_have_is_what_was_there_and_not_seen()
    {
        using var temporary = new TemporaryFolder();
        foreach (string name in new[] { "a", "b", "C", "größe" }) File.WriteAllText(temporary[name], name);
        using IFolder folder = PlatformFileSystem.Create().OpenFolder(temporary.Path);
        var extras = new FolderExtras(folder);
        File.WriteAllText(temporary["later"], "later");
        foreach (string name in new[] { "größe", "a", "not there", "a" }) extras.See(PathText.ToBytes(name));
        Assert.Equal(["C", "b"], extras.Unseen().Select(static n => PathText.FromBytes(n)));
    }

    [Fact]
    public void An_item_that_answers_to_another_case_is_told()
    {
        using var temporary = new TemporaryFolder();
        foreach (string name in new[] { "one", "two", "TWO", "123" }) File.WriteAllText(temporary[name], name);
        using IFolder folder = PlatformFileSystem.Create().OpenFolder(temporary.Path);
        var extras = new FolderExtras(folder);

        // As a file system without case has it: the name that is asked for finds the item, and is not listed.
        folder.CreateHardLink(folder, "one"u8.ToArray(), "ONE"u8.ToArray());
        foreach ((string name, bool expected) in new[] { ("one", true), ("two", false), ("123", false) })
        {
            byte[] bytes = PathText.ToBytes(name);
            Assert.Equal(expected, extras.IsAlso(folder, bytes, folder.GetInfo(bytes)));
        }
    }
}
