# One object of each noun of the model, with a value of its own in each property: what is added to the model is in it, and what comes back from
# somewhere else can be held against it.

function Get-NounSample {
    # The time of the property of that number.
    param([scriptblock] $Time = { param($number) [datetimeoffset]::new(2026, 11, 3, 13, 5, 9, [timespan]::Zero).AddTicks(1234567 + $number) })
    foreach ($noun in [BackupPS.BackupSnapshot].Assembly.GetExportedTypes()) {
        $sample = [Activator]::CreateInstance($noun)
        $number = 0
        foreach ($property in $noun.GetProperties()) {
            $number++
            # What is made of others.
            if (-not $property.CanWrite) { continue }
            # A name as files have them: quotes, markup, letters beyond ASCII and the BMP, a line break, and a byte that is not UTF-8.
            $text = "$($property.Name) '<é & $([char]::ConvertFromUtf32(0x1F4BE))`n$([char]0xDCFF)>"
            $value = switch ($property.PropertyType) {
                ([string]) { $text }
                ([string[]]) { , [string[]]($text, '', 'second') }
                ([long]) { 1234567890123 + $number }
                ([int]) { 1234567 + $number }
                ([bool]) { $true }
                ([double]) { 0.1 + $number }
                ([datetimeoffset]) { & $Time $number }
                ([timespan]) { [timespan]::new(1, 2, 3, 4).Add([timespan]::FromTicks(5678901 + $number)) }
                default { throw "No value is known here for the type $_ of $($noun.Name).$($property.Name)." }
            }
            $property.SetValue($sample, $value)
        }
        $sample
    }
}

# That a copy from elsewhere has every property of the original, with the same type and value. An array may come back as any list.
function Assert-SameNoun {
    param([object] $Original, [object] $Copy)
    $noun = $Original.GetType()
    $Copy.PSObject.TypeNames | Should -Contain "Deserialized.$($noun.FullName)"
    foreach ($property in $noun.GetProperties()) {
        $because = "$($noun.Name).$($property.Name)"
        $Copy.PSObject.Properties.Name | Should -Contain $property.Name -Because $because
        $value = $property.GetValue($Original)
        $seen = $Copy.PSObject.Properties[$property.Name].Value
        if ($property.PropertyType.IsArray) {
            @($seen).Count | Should -Be $value.Count -Because $because
            for ($i = 0; $i -lt $value.Count; $i++) { [string]::Equals($value[$i], $seen[$i], 'Ordinal') | Should -BeTrue -Because "$because[$i] is '$($seen[$i])'" }
            continue
        }
        $seen.GetType() | Should -Be $property.PropertyType -Because $because
        # -Be compares strings without case, and some cultures pass over what they do not know.
        $value.Equals($seen) | Should -BeTrue -Because "$because is '$seen'"
        if ($seen -is [datetimeoffset]) { $seen.Offset | Should -Be $value.Offset -Because $because }
    }
}
