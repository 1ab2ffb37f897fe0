namespace JamBox.Backend.Commands;

/// <summary>A command as it goes to a device.</summary>
/// <param name="Id">31-bit number, on the wire <c>cid</c>.</param>
/// <param name="Command">One of <see cref="CommandQueue.Names"/>.</param>
/// <param name="Arg">Milliseconds for set_interval; else null.</param>
internal sealed record PendingCommand(int Id, string Command, int? Arg);
