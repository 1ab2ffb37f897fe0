namespace JamBox.Backend.Storage;

/// <summary>More changes wait than the writer's queue holds. Nothing was stored: the sender is asked to come again.</summary>
internal sealed class StorageBusyException : Exception
{
}
