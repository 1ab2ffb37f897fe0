using System;

namespace JamBox.Tests.Storage;

/// <summary>Power failed in the middle of a flash operation.</summary>
internal sealed class PowerLossException : Exception
{
}
