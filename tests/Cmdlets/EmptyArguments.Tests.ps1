# A variable that was never set must not mean everything: every parameter of every command, with every form of nothing, on the command line and along the
# pipeline. What the help documents for an empty value is the exception, and listed here.

BeforeDiscovery {
    Import-Module -Name (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'BackupPS.psd1')
    $commands = Get-Command -Module BackupPS | ForEach-Object { @{ name = $_.Name; command = $_ } }
    $readers = $commands | Where-Object { $_.command.Parameters.Values.Attributes.Where{ $_ -is [Parameter] -and $_.ValueFromPipelineByPropertyName } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $snapshot = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    $adHoc = Invoke-Backup -LiteralPath $tree -Repository vault
    $run = Get-BackupRun -Last 1
    $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
    # What an empty value takes back, as the help says.
    $documented = foreach ($writer in 'New-BackupPolicy', 'Set-BackupPolicy') {
        foreach ($list in 'Exclude', 'Include', 'Tag') { "$writer $list @()" }
        foreach ($text in 'FullEvery', 'KeepWithin', 'TimeZone') { "$writer $text ''" }
    }
    $documented += 'Set-BackupSnapshot Tag @()'

    # What is mandatory beside a parameter, in a set that has it.
    function Get-OtherArgument {
        param([System.Management.Automation.CommandInfo] $Command, [string] $Parameter)
        $set = $Command.ParameterSets | Where-Object { $_.Parameters.Name -contains $Parameter } | Sort-Object -Property IsDefault -Descending | Select-Object -First 1
        $arguments = @{}
        foreach ($other in $set.Parameters | Where-Object { $_.IsMandatory -and $_.Name -ne $Parameter }) {
            $arguments[$other.Name] = switch ($other) {
                { $_.ParameterType -eq [switch] } { $true; break }
                { $_.Name -eq 'SnapshotId' } { $snapshot.SnapshotId; break }
                { $_.Name -eq 'Repository' -or $Command.Noun -eq 'BackupRepository' -and $_.Name -eq 'Name' } { 'vault'; break }
                { $_.Name -match 'Path|Source' } { $tree; break }
                default { 'web' }
            }
        }
        if ($Command.Parameters.ContainsKey('Confirm') -and $Parameter -ne 'Confirm') { $arguments.Confirm = $false }
        $arguments
    }
}

AfterAll { Clear-TestRoot }

Describe 'Nothing' {
    It 'is refused by every parameter of <name> before anything is done' -ForEach $commands {
        $nothing = [ordered]@{ '$null' = $null; "''" = ''; '@()' = @(); '@($null)' = @($null); "@('')" = @(''); "@('x', '')" = @('x', ''); "@('x', `$null)" = @('x', $null) }
        $before = Get-FolderState -Path (Join-Path $TestRoot 'repositories')
        $wrong = foreach ($parameter in $command.Parameters.Values | Where-Object Name -NotIn $common) {
            $arguments = Get-OtherArgument -Command $command -Parameter $parameter.Name
            foreach ($form in $nothing.Keys) {
                $case = "$name $($parameter.Name) $form"
                if ($case -in $documented) { continue }
                $arguments[$parameter.Name] = $nothing[$form]
                $record = try { $output = @(& $name @arguments -ErrorAction Stop); $null } catch { $_ }
                if (-not $record) { "$case is taken, and gives $($output.Count) objects" }
                elseif ($record.FullyQualifiedErrorId -notmatch '^(ParameterArgument(Validation|Transformation)|CannotConvertArgument|InvalidArgument)' -or -not $record.Exception.Message) { "$case is $($record.FullyQualifiedErrorId): $record" }
            }
        }
        $wrong | Should -BeNullOrEmpty
        Get-FolderState -Path (Join-Path $TestRoot 'repositories') | Should -Be $before
    }

    It 'but white space is no defect to any parameter of <name>, and never all' -ForEach $commands {
        foreach ($parameter in $command.Parameters.Values | Where-Object { $_.Name -notin $common -and $_.ParameterType -in [string], [string[]], [psobject] }) {
            $arguments = Get-OtherArgument -Command $command -Parameter $parameter.Name
            if ($command.Parameters.ContainsKey('WhatIf')) { $arguments.WhatIf = $true }
            $arguments[$parameter.Name] = ' '
            $problem = $null
            $output = try { & $name @arguments -ErrorVariable problem -ErrorAction SilentlyContinue } catch { $problem = $_ }
            "$($problem | ForEach-Object FullyQualifiedErrorId)" | Should -Not -Match 'InternalError' -Because "-$($parameter.Name)"
            if ($parameter.Name -in 'Repository', 'PolicyName', 'SnapshotId', 'Name') { @($output).Where{ $_ -isnot [bool] } | Should -BeNullOrEmpty -Because "-$($parameter.Name)" }
        }
    }

    It 'in a record is refused by <name>, and never all' -ForEach $readers {
        foreach ($parameter in $command.Parameters.Values | Where-Object { $_.Attributes.Where{ $_ -is [Parameter] -and $_.ValueFromPipelineByPropertyName } }) {
            # A record without a snapshot is compared with nothing.
            if ($name -eq 'Compare-BackupSnapshot' -and $parameter.Name -eq 'Repository') { continue }
            $arguments = Get-OtherArgument -Command $command -Parameter $parameter.Name
            foreach ($value in $null, '', @()) {
                $problem = $null
                # A failed Boolean is the answer under -Quiet alone.
                $output = try { , [pscustomobject]@{ $parameter.Name = $value } | & $name @arguments -ErrorVariable problem -ErrorAction SilentlyContinue } catch { $problem = $_ }
                $because = "$($parameter.Name) = $($value | ConvertTo-Json -Compress): $problem"
                @($problem).Count | Should -BeGreaterThan 0 -Because $because
                "$($problem | ForEach-Object FullyQualifiedErrorId)" | Should -Not -Match 'InternalError' -Because $because
                $output | Should -BeNullOrEmpty -Because $because
            }
        }
        @(Get-BackupSnapshot -Repository vault).Count | Should -Be 2
    }
}

Describe 'An empty value that means something' {
    It 'takes back what a policy or a snapshot says' {
        Set-BackupPolicy -Name web -Exclude '*.tmp' -Include '*.txt' -Tag a -FullEvery 7d -KeepWithin 2m -TimeZone 'Europe/Berlin'
        $policy = Set-BackupPolicy -Name web -Exclude @() -Include @() -Tag @() -FullEvery '' -KeepWithin '' -TimeZone '' -PassThru
        foreach ($property in 'Exclude', 'Include', 'Tag', 'FullEvery', 'KeepWithin', 'TimeZone') { $policy.$property | Should -BeNullOrEmpty -Because $property }
        Set-BackupSnapshot $snapshot.SnapshotId -Tag a
        (Set-BackupSnapshot $snapshot.SnapshotId -Tag @() -PassThru).Tag | Should -BeNullOrEmpty
    }

    It 'in a snapshot that no policy made, or its run, does not stop what names it by its id' {
        foreach ($one in $adHoc, $run) {
            ($one | Get-BackupSnapshot).SnapshotId | Should -Be $adHoc.SnapshotId
            ($one | Test-BackupIntegrity).Status | Should -Be 'Passed'
            @($one | Find-BackupItem -Name plain.txt).Count | Should -Be 1
        }
    }
}
