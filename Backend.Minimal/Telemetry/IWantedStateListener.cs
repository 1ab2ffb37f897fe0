namespace JamBox.Backend.Telemetry;

/// <summary>Is told that somebody wants something else of a device: whoever can reach it now sends it what waits.</summary>
internal interface IWantedStateListener
{
    /// <summary>
    /// What is wanted has changed, and is on the disk. Called on the thread of the request, so that it must not wait; what is wanted is
    /// read by <see cref="StateSql.Wanted"/>.
    /// </summary>
    /// <param name="deviceId">The device.</param>
    void Changed(string deviceId);
}
