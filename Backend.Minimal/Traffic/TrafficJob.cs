using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Traffic;

/// <summary>Adds up in the storage what was counted, once a minute and at the end; what a killed process had not written is lost.</summary>
internal sealed class TrafficJob(DeviceTraffic traffic, Store store) : IJob, IDisposable
{
    /// <summary>Devices in one change: others wait for it.</summary>
    private const int SliceRows = 500;

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        foreach (KeyValuePair<(string DeviceId, long DayAt), TrafficCount>[] slice in traffic.Take().Chunk(SliceRows))
        {
            try
            {
                await store.WriteAsync(slice, TrafficSql.Add).ConfigureAwait(false);
            }
            catch
            {
                traffic.Return(slice);
                throw;
            }
        }
    }

    /// <summary>The end: the storage is still open, since it was made before.</summary>
    public void Dispose()
    {
        try
        {
            RunAsync(CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            // The storage is away: the end does not wait for it.
        }
    }
}
