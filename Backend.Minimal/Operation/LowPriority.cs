using System.Runtime.InteropServices;

namespace JamBox.Backend.Operation;

/// <summary>Work that takes seconds of a processor, on a thread of its own that gives way to those who answer devices.</summary>
internal static class LowPriority
{
    /// <summary>Linux: this thread alone, and down to the 10 of 19 that <c>nice</c> gives.</summary>
    private const int Niceness = 10;

    /// <summary>Runs it.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    public static Task<T> RunAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(work, done)) { IsBackground = true, Name = "low priority", Priority = ThreadPriority.BelowNormal }.Start();
        return done.Task;
    }

    /// <summary>Runs it for each of several, on as many threads as there are processors.</summary>
    /// <typeparam name="T">What comes of each.</typeparam>
    /// <param name="count">How many.</param>
    /// <param name="work">Makes one of its index; called once for each, on several threads at a time.</param>
    /// <param name="stop">Ends it before the next one: whoever asked has gone.</param>
    /// <returns>All of them, in their order.</returns>
    public static async Task<T[]> RunEachAsync<T>(int count, Func<int, T> work, CancellationToken stop)
    {
        var all = new T[count];
        int last = -1;
        bool WorkUntilDone()
        {
            for (int i = Interlocked.Increment(ref last); i < count; i = Interlocked.Increment(ref last))
            {
                stop.ThrowIfCancellationRequested();
                all[i] = work(i);
            }

            return true;
        }

        await Task.WhenAll(Enumerable.Range(0, Math.Min(count, Environment.ProcessorCount)).Select(_ => RunAsync(WorkUntilDone)))
            .ConfigureAwait(false);
        return all;
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // .NET leaves threads alone there. Should it not work, we work all the same.
                _ = SetPriority(0, 0, Niceness);
            }

            done.SetResult(work());
        }
#pragma warning disable CA1031 // Whoever waits for the result gets it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            done.SetException(failure);
        }
    }

    [DllImport("libc", EntryPoint = "setpriority", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetPriority(int which, uint who, int priority);
}
