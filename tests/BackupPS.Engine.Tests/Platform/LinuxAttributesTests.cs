using System.Diagnostics;
using System.Text;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Platform.Linux;

namespace BackupPS.Engine.Tests.Platform;

public sealed class LinuxAttributesTests : IDisposable
{
    // version 2; user::rw-, user:65534:r--, group::r--, mask::r--, other::---
    private static readonly byte[] AccessList = Convert.FromHexString("02000000" + "01000600FFFFFFFF" + "02000400FEFF0000" + "04000400FFFFFFFF" + "10000400FFFFFFFF" + "20000000FFFFFFFF");

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    /// <summary>Every way to reach attributes: the new call with /proc, an older kernel, no /proc.</summary>
    public static TheoryData<bool, bool> Ways => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    private IFolder Open(bool hasProc, bool listsByName) =>
        new LinuxFileSystem(new LinuxFeatures(hasProc) { ListsAttributesByName = listsByName }).OpenFolder(_temporary.Path);

    private static byte[] B(string text) => Encoding.UTF8.GetBytes(text);

    private static ExtendedAttribute A(string name, string value) => new(B(name), B(value));

    private static string Show(IReadOnlyList<ExtendedAttribute> attributes) =>
        string.Join(' ', attributes.Select(a => $"{PathText.FromBytes(a.Name)}={Convert.ToHexString(a.Value)}"));

    [Theory]
    [MemberData(nameof(Ways))]
    public void User_attributes_are_replaced_and_read_back_sorted(bool hasProc, bool listsByName)
    {
        using IFolder folder = Open(hasProc, listsByName);
        folder.CreateFolder(B("folder"));
        File.WriteAllText(_temporary["file"], "x");
        ExtendedAttribute[] first = [A("user.b", "2"), A("user.a", ""), new([.. "user."u8, 0xFF], [0, 1, 0xFF])];
        ExtendedAttribute[] second = [A("user.b", "changed"), A("user.c", "3")];

        foreach ((byte[] name, ItemKind kind) in new[] { (B("file"), ItemKind.File), (B("folder"), ItemKind.Directory) })
        {
            Assert.Empty(folder.ReadAttributes(name, kind));
            folder.SetAttributes(name, kind, first);
            Assert.Equal("user.a= user.b=32 user.\uDCFF=0001FF", Show(folder.ReadAttributes(name, kind)));
            folder.SetAttributes(name, kind, second);
            Assert.Equal("user.b=6368616E676564 user.c=33", Show(folder.ReadAttributes(name, kind)));
            folder.SetAttributes(name, kind, []);
            Assert.Empty(folder.ReadAttributes(name, kind));
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Access_lists_are_attributes(bool hasProc, bool listsByName)
    {
        using IFolder folder = Open(hasProc, listsByName);
        folder.CreateFolder(B("folder"));
        using IWritableFile file = folder.CreateTemporaryFile();
        file.SetAttributes([new ExtendedAttribute(B("system.posix_acl_access"), AccessList)]);
        folder.SetAttributes(B("folder"), ItemKind.Directory, [new ExtendedAttribute(B("system.posix_acl_default"), AccessList)]);

        Assert.Equal(AccessList, Assert.Single(folder.ReadAttributes(file.Name, ItemKind.File)).Value);
        Assert.Equal("system.posix_acl_default", Encoding.UTF8.GetString(Assert.Single(folder.ReadAttributes(B("folder"), ItemKind.Directory)).Name));
        using (IFolder inner = folder.OpenFolder(B("folder"))) Assert.Equal(AccessList, Assert.Single(inner.ReadAttributes()).Value);
        using (IReadableFile read = folder.OpenFile(file.Name)) Assert.Equal(AccessList, Assert.Single(read.ReadAttributes()).Value);
        Assert.Equal(0x1A0u, folder.GetInfo(file.Name).Mode); // the mask shows as the group's bits
        file.SetAttributes([]);
        Assert.Empty(folder.ReadAttributes(file.Name, ItemKind.File));
    }

    [ToolFact("getfacl")]
    public void An_access_list_means_to_other_programs_what_it_says()
    {
        using IFolder folder = Open(true, true);
        using IWritableFile file = folder.CreateTemporaryFile();
        file.SetAttributes([new ExtendedAttribute(B("system.posix_acl_access"), AccessList)]);
        var start = new ProcessStartInfo("getfacl", ["-cnp", _temporary[Encoding.UTF8.GetString(file.Name)]]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;

        Assert.Equal("user::rw-\nuser:65534:r--\ngroup::r--\nmask::r--\nother::---", process.StandardOutput.ReadToEnd().Trim());
        process.WaitForExit();
    }

    [Fact]
    public void A_large_value_and_many_names_are_read_whole()
    {
        using IFolder folder = Open(true, true);
        using IWritableFile file = folder.CreateTemporaryFile();
        ExtendedAttribute[] attributes = [.. Enumerable.Range(0, 30).Select(i => A($"user.{i:d2}{new string('n', 40)}", new string('v', i == 7 ? 1000 : i)))];
        file.SetAttributes(attributes);

        Assert.Equal(Show(attributes), Show(folder.ReadAttributes(file.Name, ItemKind.File)));
        using IReadableFile read = folder.OpenFile(file.Name);
        Assert.Equal(Show(attributes), Show(read.ReadAttributes()));
    }

    [Fact]
    public void A_link_does_not_lend_the_attributes_of_its_target()
    {
        using IFolder folder = Open(true, true);
        File.WriteAllText(_temporary["file"], "x");
        folder.CreateSymbolicLink(B("link"), B("file"));
        folder.SetAttributes(B("file"), ItemKind.File, [A("user.a", "1")]);

        Assert.Empty(folder.ReadAttributes(B("link"), ItemKind.SymbolicLink));
        // Linux allows no user attributes on a link.
        Assert.Throws<PlatformException>(() => folder.SetAttributes(B("link"), ItemKind.SymbolicLink, [A("user.b", "2")]));
        Assert.Equal("user.a=31", Show(folder.ReadAttributes(B("file"), ItemKind.File)));
    }

    [Fact]
    public void What_can_be_set_is_set_and_the_first_failure_is_told_by_name()
    {
        using IFolder folder = Open(true, true);
        using IWritableFile file = folder.CreateTemporaryFile();
        var failure = Assert.Throws<PlatformException>(() => file.SetAttributes([A("nonsense.x", "1"), A("user.a", "1")]));

        Assert.Equal(PlatformFailure.NotSupported, failure.Failure);
        Assert.StartsWith("nonsense.x: ", failure.Message, StringComparison.Ordinal);
        Assert.Equal("user.a=31", Show(folder.ReadAttributes(file.Name, ItemKind.File)));
    }

    [Fact]
    public void What_an_account_may_not_read_is_left_out()
    {
        using IFolder folder = Open(true, true);
        File.WriteAllText(_temporary["file"], "x");
        folder.SetAttributes(B("file"), ItemKind.File, [A("user.a", "1")]);
        folder.SetMode(B("file"), 0);

        UnprivilegedThread.Run(() => Assert.Empty(folder.ReadAttributes(B("file"), ItemKind.File)));
        folder.SetMode(B("file"), 0x180);
        Assert.Single(folder.ReadAttributes(B("file"), ItemKind.File));
    }

    [Fact]
    public void Attributes_of_what_is_gone_are_not_found()
    {
        using IFolder folder = Open(true, true);

        Assert.Equal(PlatformFailure.NotFound, Assert.Throws<PlatformException>(() => folder.ReadAttributes(B("absent"), ItemKind.File)).Failure);
        Assert.Equal(PlatformFailure.NotFound, Assert.Throws<PlatformException>(() => folder.SetAttributes(B("absent"), ItemKind.File, [])).Failure);
    }
}
