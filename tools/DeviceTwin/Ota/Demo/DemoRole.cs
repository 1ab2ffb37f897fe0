namespace JamBox.Twin.Ota.Demo;

/// <summary>What a box is there for.</summary>
internal enum DemoRole
{
    /// <summary>Nothing is wrong with it.</summary>
    Usual,

    /// <summary>Its power fails again and again while it updates.</summary>
    BadSupply,

    /// <summary>The new image hangs on it, and never gets as far as a reading.</summary>
    BadImage,
}
