using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace BackupPS.Benchmarks.Measuring;

/// <summary>Reads the memory of a process and its children from /proc while it runs.</summary>
internal sealed class MemorySampler : IDisposable
{
    // A read costs some 20 microseconds: 0.2 % of one processor. Looking for children costs one read per thread, so it is done less often.
    private const int IntervalMilliseconds = 10, SamplesPerSearch = 10;

    private readonly Dictionary<int, SafeFileHandle> processes = [];
    private readonly byte[] buffer = new byte[8192];
    private readonly int root;
    private readonly Thread thread;
    private volatile bool stopped;

    public MemorySampler(int process)
    {
        root = process;
        Add(process);
        thread = new Thread(Run) { IsBackground = true, Priority = ThreadPriority.AboveNormal, Name = "memory sampler" };
        thread.Start();
    }

    /// <summary>Peak sum of RssAnon, in bytes.</summary>
    public long PeakAnonymous { get; private set; }

    /// <summary>Peak of the largest process's resident set, in bytes, up to the last sample.</summary>
    public long PeakResident { get; private set; }

    /// <summary>Ends the sampling; the peaks are then complete.</summary>
    public void Stop()
    {
        stopped = true;
        thread.Join();
    }

    public void Dispose()
    {
        Stop();
        foreach (SafeFileHandle file in processes.Values) file.Dispose();
    }

    private void Run()
    {
        for (int n = 1; !stopped; n++)
        {
            if (n % SamplesPerSearch == 0) AddChildren(root);
            long anonymous = 0;
            foreach (SafeFileHandle file in processes.Values)
            {
                (long peak, long now) = Read(file);
                PeakResident = Math.Max(PeakResident, peak);
                anonymous += now;
            }

            PeakAnonymous = Math.Max(PeakAnonymous, anonymous);
            Thread.Sleep(IntervalMilliseconds);
        }
    }

    private (long PeakResident, long Anonymous) Read(SafeFileHandle file)
    {
        try
        {
            int length = RandomAccess.Read(file, buffer, 0);
            ReadOnlySpan<byte> text = buffer.AsSpan(0, length);
            return (Field(text, "VmHWM:"u8), Field(text, "RssAnon:"u8));
        }
        catch (IOException)
        {
            // The process is gone.
            return (0, 0);
        }
    }

    private static long Field(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        int at = text.IndexOf(name);
        if (at < 0) return 0;
        ReadOnlySpan<byte> rest = text[(at + name.Length)..].TrimStart(" \t"u8);
        int end = rest.IndexOf((byte)' ');
        return long.Parse(rest[..end], CultureInfo.InvariantCulture) * 1024;
    }

    private void AddChildren(int process)
    {
        string[] tasks;
        try
        {
            tasks = Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (IOException)
        {
            return;
        }

        foreach (string task in tasks)
        {
            try
            {
                foreach (string child in File.ReadAllText($"{task}/children", Encoding.ASCII).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                {
                    int id = int.Parse(child, CultureInfo.InvariantCulture);
                    Add(id);
                    AddChildren(id);
                }
            }
            catch (IOException)
            {
                // The thread is gone.
            }
        }
    }

    private void Add(int process)
    {
        if (processes.ContainsKey(process)) return;
        try
        {
            processes.Add(process, File.OpenHandle($"/proc/{process}/status"));
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }
}
