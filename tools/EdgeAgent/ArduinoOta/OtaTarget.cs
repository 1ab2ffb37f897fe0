using System.Net;

namespace JamBox.Edge.ArduinoOta;

/// <summary>Where a module is.</summary>
/// <param name="Name">How it is called in messages.</param>
/// <param name="Address">Its address.</param>
/// <param name="Port">Its UDP port; 0 = as <see cref="OtaOptions.Port"/> says.</param>
public sealed record OtaTarget(string Name, IPAddress Address, int Port = 0);

/// <summary>A push that came to its end.</summary>
/// <param name="IsConfirmed">
/// Whether the module said <c>OK</c>. If not it took every byte and was gone: it may have started again before its last word left, so what
/// it runs afterwards must be looked at.
/// </param>
/// <param name="Elapsed">From the first invitation to the end.</param>
public readonly record struct OtaResult(bool IsConfirmed, TimeSpan Elapsed);
