namespace JamBox.Twin.Board;

/// <summary>What the bench writes into a box over serial.</summary>
/// <param name="DeviceId"><c>JBNB</c> and four digits.</param>
/// <param name="Token">Its bearer token.</param>
/// <param name="Host">The backend, as the box dials it.</param>
/// <param name="Port">Its port.</param>
/// <param name="Apn">Access point name.</param>
/// <param name="OtaKey">Public key of releases, 64 bytes; <c>null</c> = none: the box takes no update.</param>
internal sealed record BoardIdentity(string DeviceId, string Token, string Host, int Port, string Apn = "hologram", byte[]? OtaKey = null);
