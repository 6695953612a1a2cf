using System.Buffers;
using System.Runtime.InteropServices;
using BackupPS.Engine.Storage;
using BackupPS.Engine.Storage.Folder;

namespace BackupPS.Engine.Tests.Storage;

/// <summary>What tests of the folder store do in a process of its own.</summary>
internal static partial class StoreChild
{
    public const string Task = "store";

    /// <summary>Bytes of the objects that <c>put-forever</c> puts.</summary>
    public const int ObjectLength = 3 << 20;

    public static async Task<int> RunAsync(string[] arguments)
    {
        FolderPublishing publishing = Enum.Parse<FolderPublishing>(arguments[2]);
        await using FolderObjectStore store = arguments[0] == "create" ? FolderObjectStore.Create(arguments[1], publishing) : FolderObjectStore.Open(arguments[1], publishing);
        switch (arguments[0])
        {
            case "create":
                await store.PutNewAsync("packs/00/new", new ReadOnlySequence<byte>([1]), default);
                await store.PutAsync("snapshots/replaced", new ReadOnlySequence<byte>([1]), default);
                await store.PutNewAsync("later/made/object", new ReadOnlySequence<byte>([1]), default);
                return 0;

            case "put-forever":
                // Until it is killed. A part of each object at a time, so that the kill falls into one.
                ReadOnlyMemory<byte>[] parts = [.. Enumerable.Range(0, 48).Select(i => (ReadOnlyMemory<byte>)Enumerable.Repeat((byte)i, ObjectLength / 48).ToArray())];
                for (int i = 0; ; i++)
                {
                    await store.PutNewAsync($"packs/{i % 256:x2}/{i}", Segments.Of(parts), default);
                    if (i == 0) Console.WriteLine("first");
                }

            case "race":
                int rounds = int.Parse(arguments[3], null);
                byte[] mine = [.. Enumerable.Repeat(byte.Parse(arguments[4], null), 100)];
                Console.WriteLine("ready");
                await Console.In.ReadLineAsync();
                for (int i = 0; i < rounds; i++)
                {
                    if (await store.PutNewAsync($"packs/{i % 256:x2}/{i}", new ReadOnlySequence<byte>(mine), default)) Console.WriteLine(i);
                }

                return 0;

            case "fill":
                if (arguments is [_, _, _, "limit"]) LimitFiles(1 << 20);
                foreach (bool replace in new[] { false, true })
                {
                    var content = new ReadOnlySequence<byte>(new byte[8 << 20]);
                    try
                    {
                        if (replace) await store.PutAsync("packs/00/full", content, default);
                        else await store.PutNewAsync("packs/00/full", content, default);
                        Console.WriteLine("done");
                    }
                    catch (StoreException e)
                    {
                        Console.WriteLine($"{e.Failure}: {e.Message}");
                    }
                }

                // A small one has room again.
                Console.WriteLine(await store.PutNewAsync("packs/00/small", new ReadOnlySequence<byte>(new byte[1000]), default));
                Console.WriteLine(string.Join(' ', Directory.EnumerateFiles(arguments[1], "*", new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = true }).Select(path => Path.GetRelativePath(arguments[1], path))));
                return 0;

            default:
                return 2;
        }
    }

    /// <summary>No file of this process may grow beyond a length, which is a full disk to it.</summary>
    private static void LimitFiles(ulong length)
    {
        const int FileSizeLimit = 1;
        const int FileSizeSignal = 25;
        const nint Ignore = 1;
        _ = Signal(FileSizeSignal, Ignore);
        ulong[] limit = [length, length];
        if (SetLimit(FileSizeLimit, limit) != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int number, nint handler);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, ulong[] limits);
}
