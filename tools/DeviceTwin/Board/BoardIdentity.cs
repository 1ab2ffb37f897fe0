namespace JamBox.Twin.Board;

/// <summary>What the bench writes into a box by wire.</summary>
/// <param name="DeviceId"><c>JBNB</c> and four digits.</param>
/// <param name="Token">Its bearer token.</param>
/// <param name="Host">The backend, as the box dials it.</param>
/// <param name="Port">Its port.</param>
/// <param name="Apn">Access point name.</param>
internal sealed record BoardIdentity(string DeviceId, string Token, string Host, int Port, string Apn = "hologram");
