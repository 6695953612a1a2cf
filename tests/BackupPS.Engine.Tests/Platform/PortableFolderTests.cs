using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Portable;

namespace BackupPS.Engine.Tests.Platform;

public sealed class PortableFolderTests : FolderContract
{
    public PortableFolderTests()
        : base(new PortableFileSystem())
    {
    }

    [Fact]
    public void A_name_that_dotnet_cannot_carry_is_not_supported()
    {
        using var temporary = new TemporaryFolder();
        using IFolder folder = new PortableFileSystem().OpenFolder(temporary.Path);

        Assert.Equal(PlatformFailure.NotSupported, Assert.Throws<PlatformException>(() => folder.CreateFolder([0xFF])).Failure);
    }

    [Fact]
    public void What_dotnet_has_no_call_for_is_not_supported()
    {
        using var temporary = new TemporaryFolder();
        using IFolder folder = new PortableFileSystem().OpenFolder(temporary.Path);
        byte[] name = Encoding.UTF8.GetBytes("f");
        Assert.Null(folder.TryCreateFile(name, 0x180));
        File.WriteAllText(temporary["f"], "");

        Assert.Equal(PlatformFailure.NotSupported, Assert.Throws<PlatformException>(() => folder.SetOwner(name, 1, 1)).Failure);
        Assert.Equal(PlatformFailure.NotSupported, Assert.Throws<PlatformException>(() => folder.CreateNode(name, ItemKind.Fifo, 0, 0)).Failure);
        Assert.Equal(PlatformFailure.NotSupported, Assert.Throws<PlatformException>(() => folder.SetAttributes(name, ItemKind.File, [new ExtendedAttribute(name, name)])).Failure);
        folder.SetAttributes(name, ItemKind.File, []);
        Assert.Empty(folder.ReadAttributes(name, ItemKind.File));
    }

    [Fact]
    public void A_message_does_not_name_the_path()
    {
        var failure = Assert.Throws<PlatformException>(() => new PortableFileSystem().OpenFolder("/no/such/folder"));

        Assert.Equal(PlatformFailure.NotFound, failure.Failure);
        Assert.DoesNotContain("/no", failure.Message, StringComparison.Ordinal);
    }
}
